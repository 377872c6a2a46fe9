using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Making;

/// <summary>
/// Sheets on which people say which of two answers is better, without knowing whose they are. Which of the two stands first is drawn for each reviewer and each pair, and the item's last letter
/// keeps it, so that a renamed sheet still means what was meant.
/// </summary>
public sealed class PairVotes
{
    private const string Prefer = "prefer", Expected = "1, 2 or tie";
    private const string AsGiven = "a", Swapped = "b";
    private static readonly string[] s_columns = ["input", "first", "second", Prefer];

    private readonly Dictionary<string, List<int>> _votes = new(StringComparer.Ordinal);

    private PairVotes()
    {
    }

    /// <summary>Who said anything, in ordinal order.</summary>
    public IReadOnlyList<string> Reviewers { get; private set; } = [];

    /// <summary>Adds what is open to each sheet, and reads what was filled in.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS1137</c>, <c>MOPS1138</c>.</exception>
    public static PairVotes Collect(IReadOnlyList<RivalAnswers> pairs, IEnumerable<string> sheets)
    {
        var votes = new PairVotes();
        var reviewers = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string file in sheets)
        {
            DecisionSheet sheet = DecisionSheet.Read(file, s_columns);
            if (votes.Read(sheet))
            {
                reviewers.Add(sheet.Reviewer);
            }

            sheet.Grow(pairs.Select(pair => Item(pair, sheet.Reviewer)));
        }

        votes.Reviewers = [.. reviewers];
        return votes;
    }

    /// <summary>Above 0: more people prefer the first answer as given; null: nobody said anything.</summary>
    public int? Of(RivalAnswers pair) => _votes.TryGetValue(IdOf(pair), out List<int>? votes) ? votes.Sum() : null;

    private bool Read(DecisionSheet sheet)
    {
        bool any = false;
        foreach ((string id, SourceLocation at, Func<string, string> cell) in sheet.Rows())
        {
            int? said = cell(Prefer).Trim().ToLowerInvariant() switch
            {
                "" => null,
                "1" or "first" => 1,
                "2" or "second" => -1,
                "tie" or "=" or "0" => 0,
                var other => throw MakingErrors.BadDecision(at, other, Expected),
            };
            if (said is { } vote)
            {
                any = true;
                string pair = id.Length > 2 && id[^2] == '-' ? id[..^2] : throw MakingErrors.NotASheet(at, $"'{id}' is no item of a comparison");
                (_votes.TryGetValue(pair, out List<int>? votes) ? votes : _votes[pair] = []).Add(id.EndsWith(Swapped, StringComparison.Ordinal) ? -vote : vote);
            }
        }

        return any;
    }

    private static (string Id, IReadOnlyList<string> Cells) Item(RivalAnswers pair, string reviewer)
    {
        string id = IdOf(pair), question = DecisionSheet.Show(pair.Prompt);
        (string first, string second) = (pair.Answers[0].Text, pair.Answers[1].Text);

        // A hash is as good as a coin, and the same on every machine.
        bool swapped = DecisionSheet.IdOf(id, reviewer)[^1] is (>= '0' and <= '7');
        return swapped ? ($"{id}-{Swapped}", [question, second, first]) : ($"{id}-{AsGiven}", [question, first, second]);
    }

    private static string IdOf(RivalAnswers pair) => DecisionSheet.IdOf(DecisionSheet.Show(pair.Prompt), pair.Answers[0].Text, pair.Answers[1].Text);
}
