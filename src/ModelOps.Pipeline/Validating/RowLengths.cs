using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Preparing;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Preparing;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Validating;

/// <summary>
/// How the rows that are learned fit into <c>MaxSequenceLength</c>, in tokens of the base model: what is cut, and whether anything of the answer is left. The worker's verb
/// <c>inspect</c> counts; what it found is kept in <c>row-lengths.json</c> by what decides it, so a worker starts only when that changed and a row is long enough.
/// </summary>
internal sealed class RowLengths(ValidateRequest request, TypedSettings settings, SeverityRules severities)
{
    /// <summary>Rows that are counted at most, the longest in bytes: what does not fit is among them, and a million rows would take minutes.</summary>
    internal const int Most = 10_000;

    private const int Version = 1;

    /// <summary>The codes that are said anew in each run and not repeated from the list of problems.</summary>
    internal static readonly string[] Codes = ["MOPS1064", "MOPS1065", "MOPS1066"];

    private readonly SourceMap _sources = SourceItems.MapOf(request.Inputs);
    private readonly int _limit = settings.Training.MaxSequenceLength;

    /// <param name="dataKey">Identity of the data files.</param>
    /// <param name="dataset">The sets as they are; null: those of <c>dataset.json</c>.</param>
    public void Check(BaseModelIdentity model, string dataKey, DatasetManifest? dataset, StageReport log, CancellationToken cancellation)
    {
        string key = new KeyFields().Add("rowLengths", Version).Add("tokenizer", model.Tokenizer).Add("chatTemplate", model.ChatTemplate).Add("data", dataKey)
            .Add("limit", _limit).Add("objective", settings.Training.Objective).ToKey(Names.Validate).ToString();
        if ((Known(key) ?? Count(key, dataset, log, cancellation)) is not { } found)
        {
            return;
        }

        var findings = new Findings(severities.Of);
        foreach (CountedRow row in found.Rows)
        {
            var at = new SourceLocation(Path.GetFullPath(row.File, request.Inputs.ProjectDirectory), row.Line, 1);
            Diagnostic finding = row.Scored == 0 ? ValidateFindings.NothingScored(at)
                : row.Learned == 0 ? ValidateFindings.AnswerCutOff(at, row.Tokens, _limit, row.Scored)
                : ValidateFindings.RowCut(at, row.Tokens, _limit, row.Scored - row.Learned, row.Scored);
            findings.Add(_sources.Of(finding), row.Order);
        }

        DataProblems.Replace(request.Files.Problems, request.Inputs.ProjectDirectory, Codes, findings.InOrder());
        findings.Report(log, DataFindings.MoreFindings);
        if (found.Longer > Most)
        {
            log.Message($"  {request.Inputs.ProjectName}: the tokens of the {Most} longest of {found.Longer} long rows were counted");
        }
    }

    private Counts? Known(string key)
    {
        try
        {
            return File.Exists(request.Files.RowLengths) && JsonSerializer.Deserialize<Counts>(File.ReadAllBytes(request.Files.RowLengths), WorkerJson.Options) is { } known && known.Key == key
                ? known : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private Counts? Count(string key, DatasetManifest? dataset, StageReport log, CancellationToken cancellation)
    {
        string name = Path.Combine(request.Files.Work, $"lengths-{Guid.NewGuid():N}"), rows = name + ".rows.jsonl", output = name + ".jsonl";
        (DatasetKind, string)[] files = [.. new[] { DatasetKind.Training, DatasetKind.Validation }.Select(k => (k, request.Files.Rows(k))).Where(f => File.Exists(f.Item2))];
        Directory.CreateDirectory(request.Files.Work);
        try
        {
            (IReadOnlyList<RowPlace> places, int longer) = LongRows.Collect(files, _limit, Most, rows);
            IReadOnlyList<CountedRow>? counted = [];
            if (places.Count > 0)
            {
                // Without dataset.json there would be no row files.
                DatasetManifest manifest = dataset ?? DatasetManifest.TryRead(request.Files.Dataset)!;
                counted = Ask(places, manifest, rows, output, log, cancellation);
            }

            if (counted is null)
            {
                return null;
            }

            var counts = new Counts(key, longer, counted);
            AtomicFile.WriteIfDifferent(request.Files.RowLengths, JsonSerializer.SerializeToUtf8Bytes(counts, WorkerJson.Options));
            return counts;
        }
        finally
        {
            File.Delete(rows);
            File.Delete(output);
        }
    }

    /// <summary>The rows that do not fit, or of which nothing is learned; null when the worker counts no single rows, which is said.</summary>
    private IReadOnlyList<CountedRow>? Ask(IReadOnlyList<RowPlace> places, DatasetManifest manifest, string rows, string output, StageReport log, CancellationToken cancellation)
    {
        var work = new InspectRequest { Model = request.Inputs.BaseModelDirectory, Rows = rows, Output = output, MaxSequenceLength = _limit, Objective = settings.Training.Objective };
        try
        {
            WorkerProcess.Run(request.Worker!, work, Names.Validate, log, cancellation);
        }
        catch (DiagnosticException e) when (e.Diagnostic.Location is { Line: > 0 } at && at.File == rows && at.Line <= places.Count)
        {
            (DatasetSet set, RowEntry row) = Find(manifest, places[at.Line - 1]);
            SourceLocation place = set.Location(row);
            throw new DiagnosticException(_sources.Of(e.Diagnostic with { Location = place with { File = Path.GetFullPath(place.File, request.Inputs.ProjectDirectory) } }), e);
        }

        string[] lines = File.Exists(output) ? File.ReadAllLines(output) : [];
        if (lines.Length != places.Count)
        {
            log.Message($"  {request.Inputs.ProjectName}: this worker does not count the tokens of single rows, so rows over {Names.MaxSequenceLength} are not looked for", important: true);
            return null;
        }

        var found = new List<CountedRow>();
        for (int i = 0; i < lines.Length; i++)
        {
            LengthLine line = JsonSerializer.Deserialize<LengthLine>(lines[i], WorkerJson.Options)!;
            if (line.Learned < line.Scored || line.Scored == 0)
            {
                (DatasetSet set, RowEntry row) = Find(manifest, places[i]);
                found.Add(new CountedRow(set.Files[row.File].Path, row.Line, line.Tokens, line.Scored, line.Learned, ((long)places[i].Kind << 56) | ((long)row.File << 32) | (uint)row.Line));
            }
        }

        return found;
    }

    private static (DatasetSet Set, RowEntry Row) Find(DatasetManifest manifest, RowPlace place)
    {
        DatasetSet set = manifest.Set(place.Kind)!;
        return (set, set.Rows[place.Index]);
    }

    /// <param name="File">Relative to the project.</param>
    /// <param name="Order">Its place among all that were found.</param>
    private sealed record CountedRow(string File, int Line, int Tokens, int Scored, int Learned, long Order);

    /// <param name="Longer">Rows with more bytes than the limit has tokens.</param>
    private sealed record Counts(string Key, int Longer, IReadOnlyList<CountedRow> Rows);
}
