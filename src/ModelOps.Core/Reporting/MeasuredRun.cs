using System.Text.Json;
using ModelOps.Core.Evaluation;

namespace ModelOps.Core.Reporting;

/// <summary>What <c>measurements.json</c> says of a build.</summary>
/// <param name="Subjects">Latency by subject.</param>
/// <param name="TrainingSeconds">Null when the result came from the store, or is not known.</param>
/// <param name="ValidationLoss">Per epoch, where it decides nothing; the epoch counts from 1.</param>
public sealed record MeasuredRun(
    IReadOnlyDictionary<string, SubjectLatency> Subjects, double? TrainingSeconds, IReadOnlyList<(double Epoch, double Loss)> ValidationLoss)
{
    /// <summary>Null when the file is missing or cannot be read; measured values are never worth an error.</summary>
    public static MeasuredRun? TryRead(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            JsonElement? train = root.Optional("train");
            return new MeasuredRun(
                root.Optional("evaluate")?.EnumerateObject().Where(s => s.Value.ValueKind == JsonValueKind.Object)
                    .ToDictionary(s => s.Name, s => SubjectLatency.Read(s.Value), StringComparer.Ordinal) ?? [],
                train?.OptionalNumber("seconds"),
                train is { } t && t.Optional("metrics") is { ValueKind: JsonValueKind.Array } metrics ? [.. Losses(metrics)] : []);
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static IEnumerable<(double, double)> Losses(JsonElement metrics)
        => metrics.EnumerateArray().Where(m => m.OptionalString("name") == "validation_loss" && m.OptionalNumber("epoch") is not null)
            .Select(m => (m.Number("epoch"), m.Number("value")));
}

/// <summary>How long one subject's answers took, in milliseconds, and its throughput; null where not measured.</summary>
public sealed record SubjectLatency(double? Median, double? Percentile95, double? TokensPerSecond)
{
    internal static SubjectLatency Read(JsonElement json)
        => new(json.OptionalNumber("millisecondsMedian"), json.OptionalNumber("milliseconds95"), json.OptionalNumber("tokensPerSecond"));
}
