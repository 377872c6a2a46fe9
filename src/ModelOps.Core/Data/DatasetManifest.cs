using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Data;

/// <summary>One set in a manifest.</summary>
/// <param name="Files">Paths relative to the project, with forward slashes.</param>
/// <param name="Rows">In the set's order.</param>
public sealed record DatasetSet(DatasetKind Kind, RowOrder Order, Digest Digest, IReadOnlyList<DatasetFile> Files, IReadOnlyList<RowEntry> Rows)
{
    /// <summary>Where a row stands, as messages show it.</summary>
    public SourceLocation Location(RowEntry row) => new(Files[row.File].Path, row.Line);
}

/// <summary>The sets of a project as Validate found them: <c>dataset.json</c>, specified in <c>docs/formats/dataset.md</c>.</summary>
public sealed record DatasetManifest(IReadOnlyList<DatasetSet> Sets)
{
    public const int Format = 1;

    /// <param name="folder">Paths are kept relative to it.</param>
    /// <param name="place">Where a row stands that was made of something else; null: where it was read.</param>
    public static DatasetManifest Of(string folder, IEnumerable<Dataset> datasets, Func<SourceLocation, SourceLocation>? place = null)
        => new([.. datasets.OrderBy(d => d.Kind).Select(d => place is null ? SetOf(folder, d) : PlacedSetOf(folder, d, place))]);

    public DatasetSet? Set(DatasetKind kind) => Sets.FirstOrDefault(s => s.Kind == kind);

    /// <summary>Leaves a file with the same content alone; true when it was written.</summary>
    public bool Write(string path) => AtomicFile.WriteIfDifferent(path, stream =>
    {
        // Canonical JSON as KeyFields writes it, but for the rows, which may be a million.
        stream.Write(Encoding.UTF8.GetBytes($"{{\"format\":{Format},\"sets\":["));
        for (int i = 0; i < Sets.Count; i++)
        {
            stream.Write(i == 0 ? default : ","u8);
            byte[] head = Head(Sets[i]).ToCanonicalJson();
            stream.Write(head.AsSpan(..^1));
            stream.Write(",\"rows\":["u8);
            WriteRows(Sets[i].Rows, stream);
            stream.Write("]}"u8);
        }

        stream.Write("]}\n"u8);
    }, durable: false);

    /// <summary>Null when there is no such file.</summary>
    /// <exception cref="DiagnosticException">The file cannot be used.</exception>
    public static DatasetManifest? TryRead(string path)
    {
        try
        {
            return File.Exists(path) ? Parse(JsonTree.Parse(File.ReadAllBytes(path)).Root) : null;
        }
        catch (Exception e) when (e is JsonProblemException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(DataErrors.ManifestUnreadable(new SourceLocation(path), ForeignText.Clean(e.Message)), e);
        }
    }

    private static DatasetSet SetOf(string folder, Dataset dataset)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (DatasetFile file in dataset.Files)
        {
            index.TryAdd(file.Path, index.Count);
        }

        DatasetFile[] files = [.. index.Keys.Select(p => dataset.Files.First(f => f.Path == p) with { Path = Relative(folder, p) })];
        int[] places = [.. dataset.Files.Select(f => index[f.Path])];
        var rows = new RowEntry[dataset.Rows.Count];
        Parallel.For(0, rows.Length, i => rows[i] = RowEntry.Of(dataset.Rows[i], places[dataset.Rows[i].Source.FileIndex]));
        return new DatasetSet(dataset.Kind, dataset.Order, dataset.Digest, files, rows);
    }

    // Files are those that people edit, in order; their bytes are those of the rows that come from them.
    private static DatasetSet PlacedSetOf(string folder, Dataset dataset, Func<SourceLocation, SourceLocation> place)
    {
        SourceLocation[] places = [.. dataset.Rows.Select(r => place(r.Location))];
        string[] paths = [.. places.Select(p => p.File).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var files = new (long Bytes, int Rows)[paths.Length];
        var entries = new RowEntry[places.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            int file = Array.BinarySearch(paths, places[i].File, StringComparer.Ordinal);
            files[file] = (files[file].Bytes + dataset.Rows[i].Length, files[file].Rows + 1);
            entries[i] = RowEntry.Of(dataset.Rows[i], file) with { Line = places[i].Line };
        }

        return new DatasetSet(dataset.Kind, dataset.Order, dataset.Digest, [.. paths.Select((p, i) => new DatasetFile(Relative(folder, p), files[i].Bytes, files[i].Rows))], entries);
    }

    private static string Relative(string folder, string path)
        => Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(path, Path.GetFullPath(folder))).Replace(Path.DirectorySeparatorChar, '/');

    // All names of a set that come before "rows".
    private static KeyFields Head(DatasetSet set) => new KeyFields()
        .Add("digest", set.Digest)
        .Add("files", set.Files.Select(f => new KeyFields().Add("bytes", f.Bytes).Add("path", f.Path).Add("rows", f.Rows)))
        .Add("kind", set.Kind.Name())
        .Add("order", set.Order == RowOrder.Canonical ? "canonical" : "asWritten");

    private static void WriteRows(IReadOnlyList<RowEntry> rows, Stream stream)
    {
        Span<byte> line = stackalloc byte[RowEntry.MaxTextLength];
        for (int i = 0; i < rows.Count; i++)
        {
            stream.Write(i == 0 ? "\""u8 : ",\""u8);
            stream.Write(line[..rows[i].Format(line)]);
            stream.Write("\""u8);
        }
    }

    private static DatasetManifest Parse(JsonItem root)
    {
        if (root.Integer("format") != Format)
        {
            throw new FormatException($"its format is not {Format}; another version wrote it");
        }

        return new DatasetManifest([.. root.Member("sets", JsonKind.Array).Items().Select(ParseSet)]);
    }

    private static DatasetSet ParseSet(JsonItem set)
    {
        if (!Enum.TryParse(set.Text("kind"), ignoreCase: true, out DatasetKind kind) || !Enum.TryParse(set.Text("order"), ignoreCase: true, out RowOrder order))
        {
            throw new FormatException("a set has an unknown kind or order");
        }

        DatasetFile[] files = [.. set.Member("files", JsonKind.Array).Items().Select(f => new DatasetFile(f.Text("path"), f.Integer("bytes"), (int)f.Integer("rows")))];
        RowEntry[] rows = [.. set.Member("rows", JsonKind.Array).Items().Select(r => r.Kind == JsonKind.String
            ? RowEntry.Parse(r.GetString())
            : throw new FormatException("a row entry is not text"))];
        return rows.All(r => r.File < files.Length)
            ? new DatasetSet(kind, order, Digest.Parse(set.Text("digest")), files, rows)
            : throw new FormatException("a row entry names a file that is not listed");
    }
}
