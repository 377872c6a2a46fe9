using System.Globalization;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Preparing;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Preparing;

namespace ModelOps.Pipeline;

/// <param name="Known">The key that the prepared files are known to be of; null when that is not known.</param>
/// <param name="Prepared">Where the files go.</param>
public sealed record PrepareRequest(ProjectInputs Inputs, StageFiles Files, string? Known, PreparedFiles Prepared)
{
    /// <summary>Nothing is written but the prepared files: <c>split.lock</c> stays as it is.</summary>
    public bool AskOnly { get; init; }
}

/// <param name="Written">Files that belong to the result.</param>
public sealed record PrepareResult(string Key, IReadOnlyList<string> Written);

/// <summary>Makes rows of raw sources before anything looks at rows: <c>docs/preparation.md</c>. From here on they are files like any other, known by content.</summary>
public static class Prepare
{
    /// <summary>Null when errors were reported.</summary>
    public static PrepareResult? Run(PrepareRequest request, IStageLog log, CancellationToken cancellation)
    {
        ProjectInputs inputs = request.Inputs;
        if (SourceItems.Read(inputs, request.AskOnly ? null : request.Files.Work, log) is not { } wanted)
        {
            return null;
        }

        StatCache digests = StatCache.Load(Path.Combine(request.Files.Prepared.Folder, "stat.cache"));
        digests.Read(wanted.Sources.Select(s => s.Path), cancellation);
        string key = KeyOf(inputs, wanted, digests, cancellation);
        if (key == request.Known)
        {
            return new PrepareResult(key, Written(request));
        }

        if (Preparation.Run(wanted, log, cancellation) is not { } prepared)
        {
            return null;
        }

        request.Prepared.Write(prepared, key);
        if (!request.AskOnly)
        {
            Keep(inputs, wanted, prepared);
            digests.Save();
            log.Message(Said(inputs, prepared), important: true);
        }

        return new PrepareResult(KeyOf(inputs, wanted, digests, cancellation), Written(request));
    }

    private static string KeyOf(ProjectInputs inputs, PreparationRequest request, StatCache digests, CancellationToken cancellation) => new KeyFields()
        .Add("settings", PreparedFiles.Settings(request))
        .Add("unicode", inputs.Setting(Names.NormalizeUnicode).ToUpperInvariant())
        .Add("sources", request.Sources.OrderBy(s => s.Name, StringComparer.Ordinal)
            .Select(s => PreparedFiles.Describe(s).Add("digest", File.Exists(s.Path) ? digests.DigestOf(s.Path, cancellation).ToString() : "")))
        .Add("lock", inputs.SplitLockFile is { Length: > 0 } file && File.Exists(file) ? Digest.OfFile(file).ToString() : "")
        .ToKey(Names.Prepare).ToString();

    private static void Keep(ProjectInputs inputs, PreparationRequest request, PreparedSets prepared)
    {
        if (request.Lock is { } known)
        {
            AtomicFile.WriteIfDifferent(inputs.SplitLockFile, known.With(prepared.Placed));
        }
    }

    private static string[] Written(PrepareRequest request)
        => [.. request.Prepared.All, .. request.Inputs.SplitLockFile is { Length: > 0 } file && File.Exists(file) ? [file] : Array.Empty<string>()];

    private static string Said(ProjectInputs inputs, PreparedSets prepared)
    {
        int records = prepared.Sources.Sum(s => s.Records), dropped = prepared.Sources.Sum(s => s.Dropped.Count) + prepared.Repeats.Count;
        string sets = string.Join(", ", prepared.Sets.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Lines.Count:#,0} {s.Kind.Folder()}")));
        return string.Create(CultureInfo.InvariantCulture, $"  {inputs.ProjectName}: prepares {records:#,0} records of {prepared.Sources.Count} source{(prepared.Sources.Count == 1 ? "" : "s")}: {sets} rows")
            + (dropped == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; {dropped:#,0} dropped, see obj/modelops/prepared/prepared.json"));
    }
}
