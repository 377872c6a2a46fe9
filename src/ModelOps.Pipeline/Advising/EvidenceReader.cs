using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Advising;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Floors;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Evaluating;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Git;

namespace ModelOps.Pipeline.Advising;

/// <summary>What a project's build left, as evidence. Reads only; what is not there is not measured.</summary>
/// <param name="inputs">Settings, <c>TrainingData</c>, <c>EvalGate</c> and <c>Documents</c> of the project.</param>
public sealed class EvidenceReader(ProjectInputs inputs, StageFiles files, IStageLog log)
{
    /// <summary>The report that was read; null where there is none.</summary>
    public EvaluationReport? Report { get; private set; }

    public AdviceEvidence Read()
    {
        DatasetManifest? manifest = DatasetManifest.TryRead(files.Dataset);
        int rows = manifest?.Set(DatasetKind.Training)?.Rows.Count ?? LinesOf(inputs.TrainingData.Select(d => d.FullPath));
        Report = File.Exists(files.Evaluation) ? EvaluationJson.Read(files.Evaluation) : null;
        WarnOfOtherRows(manifest);
        IReadOnlyList<GateDefinition> gates = Gates();
        MetricSpec metric = MetricOf(gates);
        var evidence = new AdviceEvidence
        {
            TrainingRows = rows,
            Metric = metric,
            Targets = [.. gates.Where(g => g.Metric == metric && g.Minimum is not null && g.Slice != GateDefinition.EverySlice).Select(g => new AdviceTarget(g.Minimum!.Value, g.Slice)).OrderBy(t => t.Slice is not null)],
            AskedGain = gates.Where(g => g.Metric == metric && g.Slice is null).Max(g => g.MinimumGain) is > 0 and { } gain ? gain : null,
            HasDocuments = inputs.OfType(Names.Documents).Any(),
            Changes = Changes(),
            BaseLoss = inputs.Setting(Names.FineTuneMethod).StartsWith("dpo", StringComparison.OrdinalIgnoreCase) ? null : TrainingCurve.TryRead(Path.Combine(files.Adapter, "training.json"))?.Loss[0],
        };
        return Report is not { } report ? evidence : evidence with
        {
            HeldOutRows = report.Items.Count,
            Subjects = AdviceEvidence.SubjectsOf(report, metric, Milliseconds()),
            Agreement = metric.Name == MetricRegistry.Judge ? report.Judges.FirstOrDefault(j => j.Judge == metric.Field) : null,
            SliceRows = SlicesOf(manifest, [.. evidence.Targets.Select(t => t.Slice).OfType<string>()]),
            Novelty = File.Exists(files.Rows(DatasetKind.Training)) ? NoveltyOf(report.Items, HeldOutRows.TrainingExamples(files)) : null,
            Forgetting = AdviceEvidence.ForgettingOf(report),
            Curve = CurveOf(report, metric, rows),
        };
    }

    /// <summary>Where the model that was tuned on a share of the rows has its files.</summary>
    /// <param name="percent">25 or 50.</param>
    public static StageFiles Share(StageFiles files, int percent) => new(Path.Combine(files.Directory, "advise", FormattableString.Invariant($"rows-{percent}")));

    /// <summary>Share of the words of answers that stand neither in their question nor in one of fifty training answers; 0 where there are no words.</summary>
    internal static double NoveltyOf(IReadOnlyList<EvaluationItem> items, IReadOnlyList<TrainingExample> training)
    {
        var known = training.SelectMany(t => Words.Of(t.Answer).Distinct(StringComparer.Ordinal)).CountBy(w => w, StringComparer.Ordinal)
            .Where(w => w.Value >= Math.Max(3, training.Count / 50)).Select(w => w.Key).ToHashSet(StringComparer.Ordinal);
        int words = 0, novel = 0;
        foreach (EvaluationItem item in items)
        {
            HashSet<string> asked = [.. Words.Of(item.Input)];
            IReadOnlyList<string> answer = Words.Of(item.Reference);
            words += answer.Count;
            novel += answer.Count(w => !asked.Contains(w) && !known.Contains(w));
        }

        return words == 0 ? 0 : (double)novel / words;
    }

    // A gate that the build refuses was reported there; here it only leaves its bound out.
    private IReadOnlyList<GateDefinition> Gates() => GateItems.Written(inputs, ProjectXml.Load(inputs), new StageReport(Silence.Log));

    // What people or a judge say is a share of what was rated; a metric that the report does not have was asked for after it.
    private MetricSpec MetricOf(IReadOnlyList<GateDefinition> gates)
        => (gates.FirstOrDefault(g => g.MinimumGain is not null) ?? gates.FirstOrDefault(g => g.JudgesHeldOutRows))?.Metric is { } metric && MetricRegistry.Resolve(metric).Scale is { HigherIsBetter: true } && metric.Name != MetricRegistry.Human
            && (Report is null || !MetricRegistry.IsNamed(metric.Name) || Report.Candidate.Find(metric) is not null)
            ? metric : MetricSpec.Primary;

    private RowChanges? Changes()
    {
        using RowHistory? history = RowHistory.TryOpen(inputs.ProjectDirectory, log);
        return history?.Changes();
    }

    private Dictionary<string, double> Milliseconds()
    {
        var times = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach ((string subject, JsonNode? measured) in Measurements.Read(files.Measurements)["evaluate"] as JsonObject ?? [])
        {
            if (measured is JsonObject && (measured["p95"] as JsonObject)?["milliseconds"] is JsonValue value && value.TryGetValue(out double time))
            {
                times[subject] = time;
            }
        }

        return times;
    }

    private LearningCurve? CurveOf(EvaluationReport report, MetricSpec metric, int rows)
    {
        var points = new List<CurvePoint>();
        foreach (int percent in (int[])[25, 50])
        {
            StageFiles share = Share(files, percent);
            if (File.Exists(share.Evaluation) && File.Exists(share.Dataset) && EvaluationJson.Read(share.Evaluation) is { } part && part.Items.Select(i => i.Id).SequenceEqual(report.Items.Select(i => i.Id), StringComparer.Ordinal)
                && DatasetManifest.TryRead(share.Dataset)?.Set(DatasetKind.Training) is { } set && Candidate(part) is { } sample)
            {
                points.Add(new CurvePoint(set.Rows.Count, sample));
            }
        }

        return points.Count == 0 || Candidate(report) is not { } whole || rows <= points[^1].Rows || !MetricRegistry.Resolve(metric).Scale.Range.Equals(Core.Evaluation.Statistics.ValueRange.Proportion)
            ? null : new LearningCurve([.. points, new CurvePoint(rows, whole)]);

        MetricSample? Candidate(EvaluationReport of)
            => AdviceEvidence.SubjectsOf(of, metric, new Dictionary<string, double>()).FirstOrDefault(s => s.Kind == SubjectKind.Candidate)?.Sample;
    }

    private Dictionary<string, int> SlicesOf(DatasetManifest? manifest, IReadOnlyList<string> slices)
    {
        var counts = slices.Distinct(StringComparer.Ordinal).ToDictionary(s => s, _ => 0, StringComparer.Ordinal);
        foreach (string path in slices.Count == 0 ? [] : manifest?.Set(DatasetKind.Training)?.Files.Select(f => Path.GetFullPath(f.Path, inputs.ProjectDirectory)).Where(File.Exists) ?? [])
        {
            foreach (string slice in File.ReadLines(path).Select(SliceOf).OfType<string>().Where(counts.ContainsKey))
            {
                counts[slice]++;
            }
        }

        return counts;
    }

    private static string? SliceOf(string line)
    {
        try
        {
            using JsonDocument row = JsonDocument.Parse(line);
            return row.RootElement.ValueKind == JsonValueKind.Object && row.RootElement.TryGetProperty("slice", out JsonElement slice) && slice.ValueKind == JsonValueKind.String ? slice.GetString() : null;
        }
        catch (JsonException)
        {
            return null; // An empty line, or one that Validate refuses.
        }
    }

    // Files that the build read, those that other projects made for it among them, and those that came since.
    private void WarnOfOtherRows(DatasetManifest? manifest)
    {
        if (manifest?.Set(DatasetKind.Training) is not { } training || !File.Exists(files.Evaluation))
        {
            return;
        }

        int now = LinesOf(training.Files.Select(f => Path.GetFullPath(f.Path, inputs.ProjectDirectory)).Union(inputs.TrainingData.Select(d => d.FullPath), StringComparer.Ordinal));
        if (now != training.Rows.Count)
        {
            log.Report(AdviseErrors.OtherRows(files.Evaluation, training.Rows.Count, now));
        }
    }

    private static int LinesOf(IEnumerable<string> paths) => paths.Where(File.Exists).Sum(path => File.ReadLines(path).Count(line => !string.IsNullOrWhiteSpace(line)));
}
