using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Making;

/// <summary>An answer that a model drafted.</summary>
/// <param name="Prompt">What the row asks; what the model was asked may say more.</param>
/// <param name="Shown">What a reviewer needs to see of the question.</param>
public sealed record Draft(SourceLocation At, IReadOnlyList<PromptMessage> Prompt, string Shown, string Text)
{
    /// <inheritdoc cref="Exchange.Texts"/>
    public IReadOnlyList<PlacedText> Texts { get; init; } = [];

    public string? Slice { get; init; }

    /// <summary>What the model wrote is looked at for personal data: it may know somebody's address.</summary>
    public static Draft Of(Question question, string text)
        => new(question.At, question.Prompt, DecisionSheet.Show(question.Prompt), text) { Texts = [new PlacedText(question.At, text)], Slice = question.Slice };

    internal string Id => DecisionSheet.IdOf([Shown, Text]);
}

/// <summary>What people decided about drafts on their sheets: <c>accept</c>, <c>reject</c>, or an answer of their own.</summary>
public sealed class DraftDecisions
{
    public const string Accepted = "accept", Rejected = "reject";
    private const string Decision = "decision", Answer = "answer";
    private static readonly string[] s_columns = ["input", "draft", Decision, Answer, "comment"];

    private readonly Dictionary<string, (SourceLocation At, string Text)> _corrections = new(StringComparer.Ordinal);
    private readonly HashSet<string> _accepted = new(StringComparer.Ordinal), _rejected = new(StringComparer.Ordinal);

    private DraftDecisions()
    {
    }

    /// <summary>Who decided anything, in ordinal order.</summary>
    public IReadOnlyList<string> Reviewers { get; private set; } = [];

    /// <summary>Adds what is open to each sheet, and reads what was filled in.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS1137</c> to <c>MOPS1139</c>.</exception>
    public static DraftDecisions Collect(IReadOnlyList<Draft> drafts, IEnumerable<string> sheets)
    {
        var decisions = new DraftDecisions();
        var reviewers = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string file in sheets)
        {
            DecisionSheet sheet = DecisionSheet.Read(file, s_columns);
            if (decisions.Read(sheet))
            {
                reviewers.Add(sheet.Reviewer);
            }

            sheet.Grow(drafts.Select(d => (d.Id, (IReadOnlyList<string>)[d.Shown, d.Text])));
        }

        decisions.Reviewers = [.. reviewers];
        return decisions;
    }

    /// <summary>Rows of what was accepted or corrected and rejected by nobody.</summary>
    /// <param name="unreviewed">Drafts that nobody decided about are taken too.</param>
    public DraftCounts AddTo(MadeRows rows, IEnumerable<Draft> drafts, bool unreviewed)
    {
        var counts = new DraftCounts(0, 0, 0, 0);
        foreach (Draft draft in drafts)
        {
            string id = draft.Id;
            bool corrected = _corrections.TryGetValue(id, out (SourceLocation, string Text) correction), open = !corrected && !_accepted.Contains(id);
            if (_rejected.Contains(id))
            {
                rows.PassOver("rejected");
                counts = counts with { Rejected = counts.Rejected + 1 };
                continue;
            }

            counts = open ? counts with { Open = counts.Open + 1 } : corrected ? counts with { Corrected = counts.Corrected + 1 } : counts with { Accepted = counts.Accepted + 1 };
            if (open && !unreviewed)
            {
                rows.PassOver("not reviewed");
                continue;
            }

            rows.Add(MadeRow.Conversation(draft.Prompt, corrected ? correction.Text : draft.Text, draft.At, draft.Texts, draft.Slice) with { IsUnreviewed = open });
        }

        return counts;
    }

    private bool Read(DecisionSheet sheet)
    {
        bool any = false;
        foreach ((string id, SourceLocation at, Func<string, string> cell) in sheet.Rows())
        {
            string said = cell(Decision).Trim().ToLowerInvariant(), answer = Own(cell(Answer));
            any |= said.Length > 0 || answer.Length > 0;
            switch (said)
            {
                case Rejected or "no":
                    _rejected.Add(id);
                    break;
                case "" or Accepted or "yes" or "correct" when answer.Length > 0:
                    Correct(id, at, answer);
                    break;
                case Accepted or "yes":
                    _accepted.Add(id);
                    break;
                case "":
                    break;
                default:
                    throw MakingErrors.BadDecision(at, said, said == "correct" ? "a corrected text in the column 'answer'" : "accept or reject; a corrected text goes into the column 'answer'");
            }
        }

        return any;
    }

    private void Correct(string id, SourceLocation at, string answer)
    {
        if (_corrections.TryGetValue(id, out (SourceLocation At, string Text) other) && other.Text != answer)
        {
            throw MakingErrors.Disagreement(at, other.At, id);
        }

        _corrections[id] = (at, answer);
    }

    // A draft's cell that would be a formula begins with an apostrophe; who copies it to correct it means the text without.
    private static string Own(string cell)
    {
        string text = cell.Trim().ReplaceLineEndings("\n");
        return text is ['\'', '=' or '+' or '-' or '@', ..] ? text[1..] : text;
    }
}

/// <summary>How far a review is.</summary>
/// <param name="Open">Nobody decided about them yet.</param>
public sealed record DraftCounts(int Accepted, int Corrected, int Rejected, int Open);
