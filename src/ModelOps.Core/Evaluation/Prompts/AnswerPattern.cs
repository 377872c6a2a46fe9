using System.Text.RegularExpressions;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Evaluation.Prompts;

/// <summary>
/// Finds the answer in a text that reasons before it answers: the last match of a regular expression, of it the group <c>answer</c>, else the
/// first group, else all of it. Linear in the text, because the text is a model's: patterns that need backtracking are refused.
/// </summary>
public sealed class AnswerPattern
{
    private const string AnswerGroup = "answer";
    private readonly Regex _regex;

    private AnswerPattern(Regex regex) => _regex = regex;

    /// <summary>The expression as it was written.</summary>
    public string Text => _regex.ToString();

    /// <exception cref="DiagnosticException"><c>MOPS5101</c>: no regular expression, or one that needs backtracking.</exception>
    public static AnswerPattern Parse(string pattern, SourceLocation? location)
    {
        try
        {
            return new AnswerPattern(new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Multiline));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw PromptErrors.BadAnswerPattern(pattern, e.Message, location);
        }
    }

    /// <summary>The answer without white space at its ends; null where nothing matches.</summary>
    public string? Extract(string text)
    {
        Match? last = _regex.Matches(text).LastOrDefault();
        if (last is null)
        {
            return null;
        }

        Group group = last.Groups[AnswerGroup] is { Success: true } named ? named : last.Groups.Count > 1 ? last.Groups[1] : last;
        return group.Value.Trim();
    }
}
