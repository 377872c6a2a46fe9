using System.Text.Json.Nodes;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Gating;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>How long answers took where they were generated; measured, so it stays outside of keys and packages.</summary>
internal static class Latency
{
    /// <summary>Milliseconds with their 95 % limits; a limit that the answers are too few for is absent.</summary>
    public static JsonObject Of(IReadOnlyList<AnswerLine> answers)
    {
        MeasuredLatency measured = MeasuredLatency.Of([.. answers.Select(a => a.Milliseconds)]);
        double seconds = answers.Sum(a => a.Milliseconds) / 1000;
        return new JsonObject
        {
            ["answers"] = measured.Answers,
            ["p50"] = Quantile(measured.P50),
            ["p95"] = Quantile(measured.P95),
            ["secondsPerAnswer"] = Math.Round(seconds / answers.Count, 6),
            ["tokensPerSecond"] = seconds > 0 ? Math.Round(answers.Sum(a => (double)a.CompletionTokens) / seconds, 1) : null,
        };
    }

    /// <summary>To each step of the way from a prompt to a tuned model: what it gains for each second that an answer takes longer than the step before.</summary>
    public static void AddSteps(JsonObject measured, IEnumerable<DecisionStep> steps)
    {
        foreach (DecisionStep step in steps.Where(s => s.Over is not null))
        {
            if (step.PerUnit(Seconds(step.Subject) - Seconds(step.Over!.Subject)) is { } gain && double.IsFinite(gain))
            {
                measured[step.Subject]!["gainPerSecond"] = Math.Round(gain, 6);
            }
        }

        double Seconds(string subject) => (double)measured[subject]!["secondsPerAnswer"]!;
    }

    /// <summary>Of the candidate; null where nothing was measured.</summary>
    public static MeasuredLatency? Read(string measurements)
        => Measurements.Read(measurements)["evaluate"]?[Subjects.Candidate] is JsonObject found && found["p50"] is JsonObject p50 && found["p95"] is JsonObject p95
            ? new MeasuredLatency((int)found["answers"]!, Quantile(p50), Quantile(p95)) : null;

    private static JsonObject Quantile(QuantileInterval quantile)
    {
        var json = new JsonObject { ["milliseconds"] = Math.Round(quantile.Value, 2) };
        Limit("lower", quantile.Interval.Lower);
        Limit("upper", quantile.Interval.Upper);
        return json;

        void Limit(string name, double value)
        {
            if (double.IsFinite(value))
            {
                json[name] = Math.Round(value, 2);
            }
        }
    }

    private static QuantileInterval Quantile(JsonObject json) => new(
        (double)json["milliseconds"]!, new Interval((double?)json["lower"] ?? double.NegativeInfinity, (double?)json["upper"] ?? double.PositiveInfinity));
}
