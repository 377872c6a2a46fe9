using System.Text.Json;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Gating;

/// <summary><c>verdict.json</c>, format 2: <c>docs/formats/verdict.md</c>.</summary>
public static class VerdictJson
{
    /// <summary>The file's bytes: canonical JSON and a final newline.</summary>
    public static byte[] Write(Verdict verdict) => CanonicalWriter.File(json =>
    {
        json.WriteNumber("format", Verdict.CurrentFormat);
        json.WriteString("outcome", StrictJson.Name(verdict.Outcome));
        json.WriteString("evaluationKey", verdict.EvaluationKey.ToString());
        json.WriteString("gateKey", verdict.GateKey.ToString());
        json.Array("gates", verdict.Gates, gate => WriteGate(json, gate));
        json.Array("floors", verdict.Floors, floor => WriteFloor(json, floor));
    });

    /// <summary>Reads and checks a file; anything wrong with it is MOPS5010. Whose verdict it is, is the caller's question: compare the keys.</summary>
    public static Verdict Read(string path) => StrictJson.ReadFile(path, Read, detail => GateErrors.InvalidVerdict(path, detail));

    private static void WriteGate(Utf8JsonWriter json, GateResult gate)
    {
        json.WriteString("metric", gate.Metric.Name);
        json.OptionalString("field", gate.Metric.Field);
        json.OptionalString("argument", gate.Metric.Argument);
        json.OptionalString("slice", gate.Slice);
        json.OptionalFigure("worstOf", gate.WorstOf);
        json.WriteString("kind", StrictJson.Name(gate.Kind));
        json.Figure("bound", gate.Bound);
        json.WriteString("outcome", StrictJson.Name(gate.Outcome));
        if (!gate.IsMeasured)
        {
            json.Figure("value", gate.Value);
            json.Limits(gate.Interval);
            json.Figure("candidate", gate.CandidateValue);
        }

        json.OptionalString("baseline", gate.Baseline);
        json.OptionalFigure("baselineValue", gate.BaselineValue);
        json.WriteNumber("n", gate.Rows);
        json.Figure("confidence", gate.Confidence);
        json.WriteString("method", gate.Method);
        json.OptionalFigure("pValue", gate.PValue);
        json.OptionalFigure("furtherRows", gate.FurtherRows);
        json.OptionalFigure("detectable", gate.Detectable);
        json.WriteString("inconclusiveAs", StrictJson.Name(gate.InconclusiveAs));
    }

    private static void WriteFloor(Utf8JsonWriter json, FloorComparison floor)
    {
        json.WriteString("floor", floor.Floor);
        json.WriteString("metric", floor.Metric.Name);
        json.OptionalString("field", floor.Metric.Field);
        json.OptionalString("argument", floor.Metric.Argument);
        json.Figure("candidate", floor.CandidateValue);
        json.Figure("value", floor.FloorValue);
        json.Limits(floor.Interval);
        json.Figure("pValue", floor.PValue);
        json.WriteBoolean("beaten", floor.Beaten);
    }

    private static Verdict Read(JsonElement json)
    {
        StrictJson.RequireFormat(json, Verdict.CurrentFormat);
        var verdict = new Verdict
        {
            Outcome = json.Choice<GateOutcome>("outcome"),
            EvaluationKey = ActionKey.Parse(json.String("evaluationKey")),
            GateKey = ActionKey.Parse(json.String("gateKey")),
            Gates = [.. json.Array("gates").Select(ReadGate)],
            Floors = [.. json.Array("floors").Select(ReadFloor)],
        };
        GateOutcome expected = verdict.Gates.Count == 0 ? GateOutcome.Off : GateJudge.Worst(verdict.Gates);
        return verdict.Outcome == expected ? verdict
            : throw new FormatException($"it says '{StrictJson.Name(verdict.Outcome)}', but its gates add up to '{StrictJson.Name(expected)}'.");
    }

    private static GateResult ReadGate(JsonElement json)
    {
        bool measured = json.String("method") == "quantile";
        double value = measured ? double.NaN : json.Number("value");
        GateOutcome outcome = json.Choice<GateOutcome>("outcome");
        if (outcome == GateOutcome.Off)
        {
            throw new FormatException("a single gate is 'off'.");
        }

        return new GateResult
        {
            Metric = new MetricSpec(json.String("metric"), json.OptionalString("field")) { Argument = json.OptionalString("argument") },
            Slice = json.OptionalString("slice"),
            WorstOf = json.Optional("worstOf") is null ? null : json.Int("worstOf"),
            Kind = json.Choice<BoundKind>("kind"),
            Bound = json.Number("bound"),
            Outcome = outcome,
            Value = value,
            Interval = measured ? new Interval(double.NegativeInfinity, double.PositiveInfinity) : json.Interval(value),
            CandidateValue = measured ? double.NaN : json.Number("candidate"),
            Baseline = json.OptionalString("baseline"),
            BaselineValue = json.OptionalNumber("baselineValue"),
            Rows = json.Int("n"),
            Confidence = json.Number("confidence"),
            Method = json.String("method"),
            PValue = json.OptionalNumber("pValue"),
            FurtherRows = json.OptionalNumber("furtherRows") is { } rows ? (long)rows : null,
            Detectable = json.OptionalNumber("detectable"),
            InconclusiveAs = json.Choice<InconclusiveAs>("inconclusiveAs"),
        };
    }

    private static FloorComparison ReadFloor(JsonElement json)
    {
        double candidate = json.Number("candidate");
        double floor = json.Number("value");
        return new FloorComparison(
            json.String("floor"),
            new MetricSpec(json.String("metric"), json.OptionalString("field")) { Argument = json.OptionalString("argument") },
            candidate,
            floor,
            json.Interval(candidate - floor),
            json.Number("pValue"),
            json.Bool("beaten"));
    }
}
