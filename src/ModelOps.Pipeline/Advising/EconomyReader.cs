using System.Text.Json.Nodes;
using ModelOps.Backends.Trainers;
using ModelOps.Core.Advising;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Reporting;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Advising;

/// <summary>What a training of the project costs and saves, from its price list, <c>advise.json</c>, and what the last build counted.</summary>
public static class EconomyReader
{
    private const double Million = 1_000_000, Thousand = 1000, HoursPerMonth = 730, SecondsPerHour = 3600;

    /// <summary>Null where nobody said anything of money.</summary>
    /// <param name="count">Counts the tokens of all rows once by the base model's tokenizer; null where it cannot.</param>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3105</c>: the price list cannot be used.</exception>
    public static TrainingEconomy? Read(ProjectInputs inputs, StageFiles files, AdviceEvidence evidence, AdviceFacts facts, AdviseMoney? people, Func<long?> count, IStageLog log)
    {
        TrainerPrice? price = inputs.PriceFile.Length == 0 ? null : PriceList.Read(inputs.PriceFile).Of(inputs.Setting(Names.Trainer), ModelOf(inputs));
        if (price?.IsStale(DateTimeOffset.UtcNow) == true)
        {
            log.Report(TrainerErrors.StalePrice(price, inputs.PriceFile));
        }

        bool charged = evidence.Subjects.Any(s => s.Price is not null);
        if (price is null && people is null && !charged)
        {
            return null;
        }

        bool said = people is not null;
        people ??= new AdviseMoney();
        (long? tokens, bool exact, double? seconds) = Work(inputs, files, count);
        AdviceSubject? tuned = Best(evidence.Subjects.Where(s => s.IsTuned)), untuned = Best(evidence.Subjects.Where(s => s.Kind == SubjectKind.Baseline));
        return new TrainingEconomy(price?.Currency ?? evidence.Subjects.Select(s => s.Price?.Currency).FirstOrDefault(c => c is not null) ?? people.Currency)
        {
            Training = price is not null ? tokens is { } used ? Math.Max(used / Million * (double)price.Training, (double)(price.TrainingMinimum ?? 0)) : null : seconds / SecondsPerHour * people.TrainingHour ?? 0,
            TrainingTokens = tokens,
            TokensAreExact = exact,
            Evaluation = evidence.Subjects.Sum(s => s.Price?.Of(s.PromptTokens * s.Sample.Count, s.CompletionTokens * s.Sample.Count) ?? 0),
            PeopleSaid = said,
            Iterations = people.Iterations,
            DataHours = people.DataHours,
            MaintenanceHours = people.MaintenanceHoursPerMonth,
            HourRate = people.HourRate,
            Hosting = price is { HostingHour: { } hour } ? ((double)hour * HoursPerMonth) + (double)(price.StorageMonth ?? 0) : (double)(price?.StorageMonth ?? 0) + people.HostingPerMonth,
            RequestsPerMonth = facts.RequestsPerMonth,
            TunedThousand = ThousandOf(tuned, price?.Asking(tuned: true)),
            UntunedThousand = ThousandOf(untuned, null),
        };
    }

    /// <summary>Tokens of one training, whether they were counted, and the seconds that it took.</summary>
    private static (long? Tokens, bool Exact, double? Seconds) Work(ProjectInputs inputs, StageFiles files, Func<long?> count)
    {
        JsonObject? measured = Measurements.Read(files.Measurements)["train"] as JsonObject;
        double? seconds = measured?["seconds"] is JsonValue s && s.TryGetValue(out double time) ? time : null;
        long? counted = measured?["tokens"] is JsonValue t && t.TryGetValue(out long billed) ? billed : TrainingCurve.TryRead(Path.Combine(files.Adapter, "training.json")) is { Tokens: > 0 } curve ? curve.Tokens : null;
        if (counted is not null)
        {
            return (counted, true, seconds);
        }

        string rows = files.Rows(DatasetKind.Training);
        long epochs = long.TryParse(inputs.Setting(Names.Epochs), out long e) ? Math.Max(1, e) : 1;
        if (count() is { } whole)
        {
            return (whole * epochs, true, seconds);
        }

        return (File.Exists(rows) ? new FileInfo(rows).Length / TrainingRows.BytesPerToken * epochs : null, false, seconds);
    }

    // Weights of one's own are asked for nothing but their hosting.
    private static double? ThousandOf(AdviceSubject? subject, TokenPrice? listed)
        => subject is null ? null : (subject.Price ?? listed)?.Of(subject.PromptTokens * Thousand, subject.CompletionTokens * Thousand) ?? (subject.Asked is null ? 0 : null);

    private static AdviceSubject? Best(IEnumerable<AdviceSubject> subjects) => subjects.MaxBy(s => s.Value);

    private static string ModelOf(ProjectInputs inputs) => inputs.Setting(Names.ProviderModel) is { Length: > 0 } model ? model : inputs.Setting(Names.BaseModel);
}
