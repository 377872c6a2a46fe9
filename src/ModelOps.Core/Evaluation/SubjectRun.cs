using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Evaluation;

/// <summary>A subject's answers, one per held-out row, in the order of the rows.</summary>
/// <param name="Name"><c>candidate</c>, a prompt's name, <c>package@version</c> of the release, or a floor's name.</param>
/// <param name="Answers">Of the first repeat.</param>
public sealed record SubjectRun(string Name, SubjectKind Kind, IReadOnlyList<SubjectAnswer> Answers)
{
    /// <summary>Independent answers after the first ones, repeat by repeat, each in the order of the rows.</summary>
    public IReadOnlyList<IReadOnlyList<SubjectAnswer>> FurtherRepeats { get; init; } = [];

    /// <summary>How the subject comes to its answers.</summary>
    public SubjectTechnique Technique { get; init; }

    /// <summary>Name of the endpoint or command that answered; null for a model that ran here.</summary>
    public string? Asked { get; init; }

    /// <summary>What an answer costs; null where nothing is charged.</summary>
    public TokenPrice? Price { get; init; }

    /// <summary>How many examples the prompt shows, where that was fitted on validation rows.</summary>
    public FittedShots? Shots { get; init; }

    /// <summary>Scores from outside, of every row in order, by the metric's text: what a command or a judge said.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> GivenScores { get; init; } = new Dictionary<string, IReadOnlyList<double>>();

    /// <summary>A run of one answer per row for each repeat.</summary>
    public IEnumerable<SubjectRun> Repeats => FurtherRepeats.Prepend(Answers).Select(answers => this with { Answers = answers, FurtherRepeats = [] });

    /// <summary>
    /// Joins a worker's answer and score lines with the held-out rows. A missing, foreign or repeated line is a broken tool
    /// and throws; it never counts as a wrong answer.
    /// </summary>
    /// <param name="scores">Score lines, or null when this subject was not scored.</param>
    /// <param name="answersFile">Named in the message when a line is missing.</param>
    /// <param name="repeats">Answers per row, numbered from 0.</param>
    public static SubjectRun Join(
        string name,
        SubjectKind kind,
        IReadOnlyList<EvaluationItem> items,
        IEnumerable<AnswerLine> answers,
        IEnumerable<ScoreLine>? scores = null,
        string? answersFile = null,
        int repeats = 1)
    {
        Dictionary<string, ScoreLine>? scoreOf = scores is null ? null : ById(name, items, scores, s => s.Id, answersFile);
        ILookup<int, AnswerLine> byRepeat = answers.ToLookup(a => a.Repeat);
        SubjectAnswer[][] all = [.. Enumerable.Range(0, repeats).Select(r => Join(name, items, byRepeat[r], scoreOf, answersFile))];
        return new SubjectRun(name, kind, all[0]) { FurtherRepeats = all[1..] };
    }

    private static SubjectAnswer[] Join(
        string name, IReadOnlyList<EvaluationItem> items, IEnumerable<AnswerLine> answers, Dictionary<string, ScoreLine>? scoreOf, string? answersFile)
    {
        Dictionary<string, AnswerLine> answerOf = ById(name, items, answers, a => a.Id, answersFile);
        var joined = new SubjectAnswer[items.Count];
        for (int i = 0; i < items.Count; i++)
        {
            if (!answerOf.TryGetValue(items[i].Id, out AnswerLine? answer))
            {
                throw EvaluationErrors.MissingAnswer(name, i, items[i].Id, answersFile);
            }

            joined[i] = new SubjectAnswer(
                answer.Text, answer.Finish, answer.PromptTokens, answer.CompletionTokens, ScoreOf(name, items[i].Id, scoreOf));
        }

        return joined;
    }

    private static ReferenceScore? ScoreOf(string name, string id, Dictionary<string, ScoreLine>? scoreOf)
    {
        if (scoreOf is null)
        {
            return null;
        }

        return scoreOf.TryGetValue(id, out ScoreLine? line) && line.Tokens > 0 && double.IsFinite(line.NegativeLogLikelihood)
            ? new ReferenceScore(line.Tokens, line.NegativeLogLikelihood) { Likeliest = line.Likeliest }
            : throw EvaluationErrors.MissingScore(name, id);
    }

    private static Dictionary<string, T> ById<T>(
        string name, IReadOnlyList<EvaluationItem> items, IEnumerable<T> lines, Func<T, string> idOf, string? file)
    {
        var known = new HashSet<string>(items.Select(i => i.Id), StringComparer.Ordinal);
        var byId = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (T line in lines)
        {
            string id = idOf(line);
            if (!known.Contains(id) || !byId.TryAdd(id, line))
            {
                throw EvaluationErrors.UnexpectedAnswer(name, id, repeated: known.Contains(id), file);
            }
        }

        return byId;
    }
}
