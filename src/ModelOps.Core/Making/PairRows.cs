using ModelOps.Core.Evaluation;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Reviewing;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Making;

/// <summary>Preference pairs from what people preferred: corrections and thumbs of logs, scores, comparisons, ratings.</summary>
public static class PairRows
{
    /// <summary>Reasons for making no pair.</summary>
    public const string NotCompared = "not compared", Undecided = "undecided", Equal = "scored alike", NothingBetter = "without a better answer", NotRated = "not rated";

    /// <summary>
    /// A correction is preferred to what it corrects. Of one question, an answer that somebody liked, else a correction, is preferred to each other answer that somebody did not like.
    /// What makes no pair is counted.
    /// </summary>
    public static void AddTo(MadeRows rows, IEnumerable<Exchange> exchanges)
    {
        foreach (IGrouping<string, Exchange> question in exchanges.GroupBy(e => string.Join('\u0001', e.Prompt.Select(m => $"{m.Role}\u0002{m.Content}")), StringComparer.Ordinal))
        {
            Exchange[] usable = [.. question.Where(e => e.Unusable is null)];
            rows.PassOverAll(question.Where(e => e.Unusable is not null).Select(e => e.Unusable!));
            Exchange? best = Array.Find(usable, e => e is { Feedback: Feedback.Up, Correction: null }) ?? Array.Find(usable, e => e.Correction is not null);
            foreach (Exchange other in usable)
            {
                string? better = other.Correction ?? (other.Feedback == Feedback.Down ? best?.Correction ?? best?.Answer : null);
                if (better is null || better.Trim() == other.Answer.Trim())
                {
                    rows.PassOver(other.Feedback == Feedback.None ? LogRows.WithoutFeedback : NothingBetter);
                    continue;
                }

                rows.Add(MadeRow.Pair(other.Prompt, better, other.Answer, other.At, other.Correction is null ? [.. other.Texts, .. best!.Texts] : other.Texts));
            }
        }
    }

    /// <summary>Of scored answers the best one and the worst one, the earlier of equals, where at least <paramref name="margin"/> lies between them.</summary>
    public static void AddTo(MadeRows rows, IEnumerable<RivalAnswers> scored, double margin)
    {
        foreach (RivalAnswers rivals in scored)
        {
            (string Text, double? Score) best = rivals.Answers.MaxBy(a => a.Score!.Value), worst = rivals.Answers.MinBy(a => a.Score!.Value);
            if (best.Score - worst.Score is { } apart && apart > 0 && apart >= margin && best.Text.Trim() != worst.Text.Trim())
            {
                rows.Add(MadeRow.Pair(rivals.Prompt, best.Text, worst.Text, rivals.At, rivals.Texts));
            }
            else
            {
                rows.PassOver(Equal);
            }
        }
    }

    /// <summary>Of every row of an evaluation the answer that was rated best and the one that was rated worst, means over the raters as shares of the question's range.</summary>
    /// <param name="at">Where the ratings stand.</param>
    public static void AddTo(MadeRows rows, EvaluationReport report, ReviewFile ratings, ReviewAttribute question, double margin, SourceLocation at)
    {
        Dictionary<string, double> shares = ratings.Ratings.Where(r => r.Attribute == question.Name)
            .GroupBy(r => r.Item, r => question.Share(question.IndexOf(r.Value)!.Value)!.Value, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Average(), StringComparer.Ordinal);
        for (int i = 0; i < report.Items.Count; i++)
        {
            EvaluationItem item = report.Items[i];
            (string Text, double? Score)[] rated = [.. report.Subjects.Select(s => s.Run.Answers[i].Text).Distinct(StringComparer.Ordinal)
                .Select(text => (text, shares.TryGetValue(ReviewItem.IdOf(item.Id, text), out double share) ? share : (double?)null)).Where(a => a.Item2 is not null && a.text.Trim().Length > 0)];
            if (rated.Length < 2)
            {
                rows.PassOver(NotRated);
                continue;
            }

            AddTo(rows, [new RivalAnswers(at, item.Messages, rated)], margin);
        }
    }

    /// <summary>What people preferred on their sheets, the majority of them.</summary>
    public static void AddTo(MadeRows rows, IEnumerable<RivalAnswers> compared, PairVotes votes)
    {
        foreach (RivalAnswers rivals in compared)
        {
            (string first, string second) = (rivals.Answers[0].Text, rivals.Answers[1].Text);
            switch (votes.Of(rivals))
            {
                case null:
                    rows.PassOver(NotCompared);
                    break;
                case 0:
                    rows.PassOver(Undecided);
                    break;
                case var balance:
                    rows.Add(MadeRow.Pair(rivals.Prompt, balance > 0 ? first : second, balance > 0 ? second : first, rivals.At, rivals.Texts));
                    break;
            }
        }
    }

    private static void PassOverAll(this MadeRows rows, IEnumerable<string> reasons)
    {
        foreach (string reason in reasons)
        {
            rows.PassOver(reason);
        }
    }
}
