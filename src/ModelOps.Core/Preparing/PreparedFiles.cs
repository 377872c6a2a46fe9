using System.Globalization;
using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Preparing;

/// <summary>The files of a preparation, specified in <c>docs/formats/prepared.md</c>: a row file and a map per set, and <c>prepared.json</c>.</summary>
/// <param name="Folder">Absolute.</param>
public sealed record PreparedFiles(string Folder)
{
    private const int Examples = 5;

    private static readonly DatasetKind[] s_kinds = [DatasetKind.Training, DatasetKind.Validation, DatasetKind.Evaluation, DatasetKind.Regression];

    /// <summary>What was done and what was dropped.</summary>
    public string Record => Path.Combine(Folder, "prepared.json");

    public string Rows(DatasetKind kind) => Path.Combine(Folder, kind.Folder() + ".jsonl");

    /// <summary>Where each line of the row file comes from.</summary>
    public string Map(DatasetKind kind) => Path.Combine(Folder, kind.Folder() + ".map");

    /// <summary>The sets that are there, by the files.</summary>
    public IReadOnlyList<DatasetKind> Kinds => [.. s_kinds.Where(k => File.Exists(Rows(k)))];

    /// <summary>Every file that is there.</summary>
    public IReadOnlyList<string> All => [.. Kinds.SelectMany(k => (string[])[Rows(k), Map(k)]), Record];

    /// <summary>Writes all of it, each file whole or not at all, and deletes sets that have no rows any more.</summary>
    /// <param name="key">What the files were made of.</param>
    public void Write(PreparedSets prepared, string key)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        Directory.CreateDirectory(Folder);
        SourceSpec[] sources = [.. prepared.Sources.Select(s => s.Source)];
        foreach (DatasetKind kind in s_kinds)
        {
            if (prepared.Sets.FirstOrDefault(s => s.Kind == kind) is { } set)
            {
                AtomicFile.WriteIfDifferent(Rows(kind), stream =>
                {
                    foreach (PreparedLine line in set.Lines)
                    {
                        stream.Write(line.Row.Line.Span);
                        stream.Write("\n"u8);
                    }
                }, durable: false);
                AtomicFile.WriteIfDifferent(Map(kind), Encoding.UTF8.GetBytes(SourceMap.Text(sources, set.Lines)));
            }
            else
            {
                File.Delete(Rows(kind));
                File.Delete(Map(kind));
            }
        }

        byte[] record = [.. Describe(prepared, key).ToCanonicalJson(), (byte)'\n'];
        AtomicFile.WriteIfDifferent(Record, record);
    }

    private static KeyFields Describe(PreparedSets prepared, string key) => new KeyFields()
        .Add("format", 1)
        .Add("key", key)
        .Add("settings", Settings(prepared.Request))
        .Add("sources", prepared.Sources.Select(DescribeRead))
        .Add("drops", prepared.Request.Rules.Select(r => r.Text).Concat(prepared.Request.Deduplicate == Deduplication.None ? [] : [$"Deduplicate {prepared.Request.Deduplicate}"]).Distinct(StringComparer.Ordinal)
            .Select(rule => Drops(rule, [.. prepared.Sources.SelectMany(s => s.Dropped).Concat(prepared.Repeats).Where(d => d.Rule == rule).OrderBy(d => d.Source.Name, StringComparer.Ordinal).ThenBy(d => d.Line)])))
        .Add("sets", prepared.Sets.Select(s => new KeyFields().Add("kind", s.Kind.Name()).Add("rows", s.Lines.Count).Add("clusters", s.Clusters).Add("copies", s.Copies).Add("leftOut", s.LeftOut)))
        .Add("largestCluster", prepared.LargestCluster);

    /// <summary>What is asked for beside the sources, for keys and the record.</summary>
    public static KeyFields Settings(PreparationRequest request) => new KeyFields()
        .Add("version", PreparationRequest.Version)
        .Add("split", request.Split.ToString())
        .Add("seed", request.Seed)
        .Add("deduplicate", request.Deduplicate.ToString())
        .Add("nearDuplicateThreshold", request.NearDuplicates)
        .Add("rules", request.Rules.Select(r => r.Text))
        .Add("lock", request.Lock is not null);

    private static KeyFields DescribeRead(SourceResult read) => Describe(read.Source)
        .Add("digest", read.Digest)
        .Add("bytes", read.Bytes)
        .Add("records", read.Records)
        .Add("rows", read.Rows.Count)
        .Add("ignoredFields", read.IgnoredFields);

    /// <summary>A source without its content, for keys and the record.</summary>
    public static KeyFields Describe(SourceSpec source) => new KeyFields()
        .Add("path", source.Name)
        .Add("format", source.Format.ToString())
        .Add("prompt", source.Prompt)
        .Add("completion", source.Completion)
        .Add("system", source.System)
        .Add("fields", source.Fields)
        .Add("group", source.Group)
        .Add("weight", source.Weight.ToString("0.############", CultureInfo.InvariantCulture))
        .Add("license", source.License)
        .Add("set", source.Set?.Name());

    private static KeyFields Drops(string rule, DroppedRecord[] drops) => new KeyFields()
        .Add("rule", rule)
        .Add("rows", drops.Length)
        .Add("examples", drops.Take(Examples).Select(d => new KeyFields().Add("at", $"{d.Source.Name}({d.Line})").Add("detail", d.Detail)));
}
