using System.Globalization;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>What the answers that are still open would cost, before anything is sent. Above rather than below: no tokenizer of the server's is at hand.</summary>
/// <param name="Endpoints">Who charges.</param>
internal sealed record EvaluationCost(IReadOnlyList<string> Endpoints, decimal Amount, string Currency)
{
    /// <summary>Of the usual vocabularies few texts need more tokens than a third of their characters.</summary>
    private const double CharactersPerToken = 3, TokensPerMessage = 8;

    /// <summary>Null when nobody charges.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException">Two currencies, which no one budget covers.</exception>
    public static EvaluationCost? Of(IEnumerable<(Subject Subject, IReadOnlyList<PromptLine> Open)> asked, string project)
    {
        var priced = asked.Where(a => a.Subject.Respondent.Price is not null && a.Open.Count > 0).ToList();
        string[] currencies = [.. priced.Select(a => a.Subject.Respondent.Price!.Currency).Distinct(StringComparer.Ordinal)];
        return priced.Count == 0 ? null
            : currencies.Length > 1 ? throw EvaluateErrors.TwoCurrencies(currencies, project)
            : new EvaluationCost([.. priced.Select(a => a.Subject.Respondent.Asked!).Distinct(StringComparer.Ordinal)], priced.Sum(a => CostOf(a.Subject, a.Open)), currencies[0]);
    }

    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS5115</c>: the budget does not cover it; <c>MOPS3192</c>: it is above the project's limit.</exception>
    public void Require(decimal budget, decimal? limit, string project)
    {
        if (Amount > limit)
        {
            throw EvaluateErrors.OverLimit(string.Join(", ", Endpoints), Amount, Currency, limit.Value, project);
        }

        if (Amount > budget)
        {
            throw EvaluateErrors.OverBudget(string.Join(", ", Endpoints), Amount, Currency, budget, project);
        }
    }

    private static decimal CostOf(Subject subject, IReadOnlyList<PromptLine> open)
    {
        double prompt = open.Sum(p => p.Messages.Sum(m => (m.Content.Length / CharactersPerToken) + TokensPerMessage));
        return decimal.Parse(subject.Respondent.Price!.Of(prompt, (double)open.Count * subject.Decoding.MaxNewTokens).ToString("F9", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}
