using System.Text.RegularExpressions;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// Share of answers in which a pattern is found; <c>^</c> and <c>$</c> ask for the whole answer. The pattern is matched without backtracking, in time
/// linear in the answer, so that no answer can hold up a build; what needs backtracking (look-around, back-references) is refused.
/// </summary>
public sealed class RegexMatch : IMetric
{
    private readonly Regex _pattern;

    /// <exception cref="ArgumentException">The pattern is none, or one that needs backtracking.</exception>
    public RegexMatch(string pattern)
    {
        try
        {
            _pattern = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException e)
        {
            throw new ArgumentException(e.Message, nameof(pattern), e);
        }

        Spec = new MetricSpec("Regex") { Argument = pattern };
    }

    public MetricSpec Spec { get; }

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run) => new RightWrongSample([.. run.Answers.Select(a => _pattern.IsMatch(a.Text))]);
}
