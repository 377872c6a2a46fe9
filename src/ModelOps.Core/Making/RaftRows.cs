using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Reviewing;

namespace ModelOps.Core.Making;

/// <summary>How passages are put beside a question.</summary>
/// <param name="Distractors">Passages that do not answer it.</param>
/// <param name="WithoutGolden">Share of the questions, 0 to 1, that are shown distractors alone: their answers have to be known, not read.</param>
public sealed record RaftOptions(int Distractors = 4, double WithoutGolden = 0.2, ulong Seed = 1);

/// <summary>A question with the passages that its row shows.</summary>
/// <param name="Golden">The passage that answers it.</param>
/// <param name="Shown">What stands in the row, in its order.</param>
public sealed record RaftQuestion(Question Question, string Golden, IReadOnlyList<string> Shown)
{
    public bool HasGolden => Shown.Contains(Golden);
}

/// <summary>
/// Rows for retrieval-augmented fine-tuning (Zhang et al., 2024, arXiv:2403.10131): a question, the passage that answers it among others that do not, and an answer that quotes it; a share of the
/// rows lacks the passage. Which others and in which order is drawn from the seed and the question, so that a further question changes no other row but for the share.
/// </summary>
public static class RaftRows
{
    /// <summary>So many times the distractors that are needed are the nearest ones, of which some are drawn.</summary>
    private const int Pool = 4;

    /// <summary>The questions with their passages. Null when one has none: the first problems were reported.</summary>
    public static IReadOnlyList<RaftQuestion>? Arrange(IReadOnlyList<Question> questions, PassageLibrary library, RaftOptions options, bool drafts, IStageLog log)
    {
        var problems = new ProblemList();
        var found = new List<(Question Question, int Golden, HashSet<int> Alike)>();
        foreach (Question question in questions)
        {
            if (Find(question, library, drafts, out Diagnostic? problem) is { } golden)
            {
                found.Add((question, golden.Passage, golden.Alike));
            }
            else
            {
                problems.Add(problem!);
            }
        }

        problems.Report(log, (more, _) => MakingErrors.MoreProblems(more));
        if (problems.Count > 0)
        {
            return null;
        }

        // The rows whose numbers are the smallest: as many as were asked for, and which ones depends on each question alone.
        int without = (int)Math.Round(options.WithoutGolden * found.Count, MidpointRounding.AwayFromZero);
        HashSet<int> bare = [.. Enumerable.Range(0, found.Count).OrderBy(i => Number(options.Seed, "golden", found[i].Question)).ThenBy(i => i).Take(without)];
        return [.. found.Select((f, i) => Arrange(f.Question, f.Golden, f.Alike, !bare.Contains(i), library, options))];
    }

    /// <summary>Whether an answer quotes, and nothing that does not stand in the passage.</summary>
    public static bool IsCited(string answer, string golden) => Citation.Quotes(answer) is { Count: > 0 } quotes && quotes.All(quote => Citation.IsIn(golden, quote));

    /// <summary>The passage that answers, and all that have what is cited and so are no distractors.</summary>
    private static (int Passage, HashSet<int> Alike)? Find(Question question, PassageLibrary library, bool drafts, out Diagnostic? problem)
    {
        problem = null;
        if (question.Document is { } document && !library.Has(document))
        {
            problem = MakingErrors.NoPassage(question.At, $"there is no document '{document}'");
            return null;
        }

        if (question is { Answer: null, Citation: null })
        {
            int[] nearest = [.. library.Nearest(question.Text).Where(p => library.IsOf(p, question.Document)).Take(1)];
            problem = !drafts ? MakingErrors.NeedsDraft(question.At) : nearest.Length == 0 ? MakingErrors.NoPassage(question.At, "none shares a word with it") : null;
            return problem is null ? (nearest[0], [nearest[0]]) : null;
        }

        if (question.Answer is null && !drafts)
        {
            problem = MakingErrors.NeedsDraft(question.At);
            return null;
        }

        IReadOnlyList<string>? quotes = question.Citation is { } citation ? [citation] : [];
        quotes = Citation.Quotes(question.Answer ?? "") is { } inAnswer ? [.. quotes, .. inAnswer] : null;
        if (quotes is null or [])
        {
            problem = MakingErrors.NotCited(question.At, quotes is null ? $"{Citation.Begin} and {Citation.End} do not enclose words" : $"there is neither 'citation' nor {Citation.Begin} in the answer");
            return null;
        }

        HashSet<int> alike = [.. library.With(quotes)];
        int[] golden = [.. library.Nearest(question.Text).Concat(alike.Order()).Where(p => alike.Contains(p) && library.IsOf(p, question.Document)).Take(1)];
        problem = golden.Length == 0 ? MakingErrors.NotCited(question.At, $"'{quotes[0]}' stands in no passage of {question.Document ?? "the documents"}{(quotes.Count > 1 ? " together with the other quotes" : "")}") : null;
        return problem is null ? (golden[0], alike) : null;
    }

    private static RaftQuestion Arrange(Question question, int golden, HashSet<int> alike, bool shown, PassageLibrary library, RaftOptions options)
    {
        if (library.Count - alike.Count < options.Distractors)
        {
            throw MakingErrors.TooFewPassages(question.At.File, library.Count, options.Distractors);
        }

        ulong seed = Number(options.Seed, "distractors", question);
        int[] near = [.. library.Nearest(question.Text).Where(p => !alike.Contains(p)).Take(Pool * options.Distractors)];
        var chosen = ReviewSheet.Permutation(near.Length, seed, 0).Take(options.Distractors).Select(i => near[i]).ToList();
        if (chosen.Count < options.Distractors)
        {
            int[] far = [.. Enumerable.Range(0, library.Count).Where(p => !alike.Contains(p) && !chosen.Contains(p))];
            chosen.AddRange(ReviewSheet.Permutation(far.Length, seed, 1).Take(options.Distractors - chosen.Count).Select(i => far[i]));
        }

        int[] all = [.. shown ? chosen.Prepend(golden) : chosen];
        return new RaftQuestion(question, library[golden], [.. ReviewSheet.Permutation(all.Length, seed, 2).Select(i => library[all[i]])]);
    }

    private static ulong Number(ulong seed, string purpose, Question question)
        => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{purpose}\n{DecisionSheet.Show(question.Prompt)}")));
}
