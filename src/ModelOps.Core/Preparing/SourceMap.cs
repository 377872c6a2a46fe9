using System.Globalization;
using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Preparing;

/// <summary>
/// From places in prepared rows to places in their sources, so that a message names what a person can edit. A map says which record a line was made of; for the column the record is converted
/// once more, which happens only when there is something to say.
/// </summary>
public sealed class SourceMap
{
    private const string Magic = "modelops-map 1";
    private readonly PreparedFiles? _files;
    private readonly IReadOnlyList<SourceSpec> _sources;
    private readonly Dictionary<string, Lines> _maps = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private (SourceSpec Source, byte[] File, RecordConverter? Converter)? _open;

    private SourceMap(PreparedFiles? files, IReadOnlyList<SourceSpec> sources) => (_files, _sources) = (files, sources);

    private sealed record Lines(string[] Names, (int Source, SourceRecord Record, bool Copy)[] Records);

    /// <param name="files">Null: nothing was prepared, and every place is its own.</param>
    /// <param name="sources">As they were prepared.</param>
    public static SourceMap Of(PreparedFiles? files, IReadOnlyList<SourceSpec> sources) => new(files, sources);

    /// <summary>The place in the source; the same place where it is none of a prepared row.</summary>
    public SourceLocation Of(SourceLocation at)
    {
        lock (_lock)
        {
            if (LinesOf(at.File) is not { } lines)
            {
                return at;
            }

            if (at.Line < 1 || at.Line > lines.Records.Length)
            {
                return new SourceLocation(_sources.Count > 0 ? _sources[0].Path : at.File);
            }

            (int index, SourceRecord record, _) = lines.Records[at.Line - 1];
            SourceSpec? source = _sources.FirstOrDefault(s => s.Name == lines.Names[index]);
            return source is null ? at : Place(source, record, at.Column);
        }
    }

    /// <summary>The diagnostic with every place in it, in its message too, as it is in the sources.</summary>
    public Diagnostic Of(Diagnostic diagnostic)
    {
        ArgumentNullException.ThrowIfNull(diagnostic);
        if (_files is null)
        {
            return diagnostic;
        }

        string message = diagnostic.Message;
        for (int at = message.IndexOf(_files.Folder, StringComparison.Ordinal); at >= 0; at = message.IndexOf(_files.Folder, at + 1, StringComparison.Ordinal))
        {
            int end = message.IndexOf(')', at), open = message.IndexOf('(', at);
            if (open > at && end > open && message[(open + 1)..end].Split(',') is { Length: <= 2 } numbers && numbers.All(n => int.TryParse(n, CultureInfo.InvariantCulture, out _)))
            {
                var place = new SourceLocation(message[at..open], int.Parse(numbers[0], CultureInfo.InvariantCulture), numbers.Length > 1 ? int.Parse(numbers[1], CultureInfo.InvariantCulture) : 0);
                message = message[..at] + Of(place) + message[(end + 1)..];
            }
        }

        return diagnostic with { Message = message, Location = diagnostic.Location is { } location ? Of(location) : null };
    }

    /// <summary>The file that a place is in, without looking for the column.</summary>
    public SourceLocation FileOf(SourceLocation at) => Of(at with { Column = 0 });

    /// <summary>The line stands there once more because of a weight: it repeats another one on purpose.</summary>
    public bool IsCopy(SourceLocation at)
    {
        lock (_lock)
        {
            return LinesOf(at.File) is { } lines && at.Line >= 1 && at.Line <= lines.Records.Length && lines.Records[at.Line - 1].Copy;
        }
    }

    internal static string Text(IReadOnlyList<SourceSpec> sources, IReadOnlyList<PreparedLine> lines)
    {
        var text = new StringBuilder(Magic).Append('\n');
        var index = new Dictionary<SourceSpec, int>(ReferenceEqualityComparer.Instance);
        foreach (SourceSpec source in sources)
        {
            index.Add(source, index.Count);
            text.Append(source.Name).Append('\n');
        }

        text.Append('\n');
        foreach ((PreparedRow row, bool copy) in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"{index[row.Source]} {row.Record.Start} {row.Record.Length} {row.Record.Line} {(copy ? 1 : 0)}\n");
        }

        return text.ToString();
    }

    private SourceLocation Place(SourceSpec source, SourceRecord record, int column)
    {
        if (column == 0)
        {
            return new SourceLocation(source.Path, record.Line);
        }

        try
        {
            if (_open is not { } open || open.Source != source)
            {
                byte[] file = File.ReadAllBytes(source.Path);
                _open = open = (source, file, RecordConverter.For(source, file, _ => { }));
            }

            // A source that was edited meanwhile is read again by the next build.
            return open.Converter is null || record.Start + record.Length > open.File.Length ? new SourceLocation(source.Path, record.Line)
                : SourcePlace.Of(open.Converter, open.File, record, source.Path, column);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new SourceLocation(source.Path, record.Line);
        }
    }

    private Lines? LinesOf(string file)
    {
        if (_files is null || _maps.TryGetValue(file, out Lines? lines))
        {
            return _files is null ? null : _maps[file];
        }

        DatasetKind[] kinds = [.. _files.Kinds.Where(k => _files.Rows(k) == file)];
        return kinds.Length == 1 && File.Exists(_files.Map(kinds[0])) ? _maps[file] = Read(_files.Map(kinds[0])) : null;
    }

    private static Lines Read(string path)
    {
        string[] text = File.ReadAllLines(path);
        int blank = Array.IndexOf(text, "");
        if (text.Length == 0 || text[0] != Magic || blank < 0)
        {
            return new Lines([], []);
        }

        return new Lines(text[1..blank], [.. text.Skip(blank + 1).Select(line =>
        {
            int[] numbers = [.. line.Split(' ').Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
            return (numbers[0], new SourceRecord(numbers[1], numbers[2], numbers[3]), numbers[4] == 1);
        })]);
    }
}
