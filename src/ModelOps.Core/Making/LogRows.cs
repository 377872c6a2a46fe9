namespace ModelOps.Core.Making;

/// <summary>Rows for supervised training from what people accepted or corrected in production.</summary>
public static class LogRows
{
    /// <summary>Reasons for passing an exchange over, besides those that <see cref="Exchange.Unusable"/> has.</summary>
    public const string Rejected = "rejected", WithoutFeedback = "without feedback";

    /// <param name="unreviewed">Answers that nobody judged are taken too.</param>
    /// <returns>How many rows were corrected by somebody.</returns>
    public static int AddTo(MadeRows rows, IEnumerable<Exchange> exchanges, bool unreviewed)
    {
        int corrected = 0;
        foreach (Exchange exchange in exchanges)
        {
            // An answer that was cut or refused can still have been corrected.
            bool usable = exchange.Unusable is null || (exchange is { Correction: not null, Unusable: "cut" or "filtered" or "refused" or "no answer" });
            string? reason = !usable ? exchange.Unusable
                : exchange.Correction is not null ? null
                : exchange.Feedback switch { Feedback.Up => null, Feedback.Down => Rejected, _ => unreviewed ? null : WithoutFeedback };
            if (reason is not null)
            {
                rows.PassOver(reason);
                continue;
            }

            int before = rows.Count;
            IReadOnlyList<PlacedText> texts = exchange.Correction is null ? exchange.Texts : [.. exchange.Texts.Where(t => t.Text != exchange.Answer)];
            rows.Add(MadeRow.Conversation(exchange.Prompt, exchange.Correction ?? exchange.Answer, exchange.At, texts) with { IsUnreviewed = exchange is { Correction: null, Feedback: Feedback.None } });
            corrected += exchange.Correction is not null ? rows.Count - before : 0;
        }

        return corrected;
    }
}
