using System.Buffers;
using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Preparing;

/// <summary>A record that became no row, or whose row a rule dropped.</summary>
/// <param name="Rule">The rule's text.</param>
/// <param name="Detail">The beginning of the question, or what is wrong.</param>
public sealed record DroppedRecord(SourceSpec Source, int Line, string Rule, string Detail);

/// <summary>What a source gave.</summary>
public sealed record SourceResult(SourceSpec Source, long Bytes, Digest Digest, int Records, IReadOnlyList<string> IgnoredFields, IReadOnlyList<PreparedRow> Rows, IReadOnlyList<DroppedRecord> Dropped);

/// <summary>Reads sources: records become rows, rules drop some, and whatever is wrong is said at its place in the source.</summary>
internal sealed class SourceReader(IReadOnlyList<RowRule> rules, RowSpill spill, ProblemList problems, CancellationToken cancellation)
{
    private const int ChunkRecords = 2048;
    private const long OrderPerFile = 1L << 40;
    private readonly bool _dropsInvalid = rules.Any(r => r.Name == RowRule.Valid);

    /// <summary>Null when the file as a whole cannot be used, which is a problem.</summary>
    public SourceResult? Read(SourceSpec source, int index)
    {
        long order = index * OrderPerFile;
        byte[] file;
        try
        {
            file = File.ReadAllBytes(source.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(DataErrors.Unreadable(new SourceLocation(source.Path), ForeignText.Clean(e.Message)), order);
            return null;
        }

        int before = problems.Count;
        List<SourceRecord> records = SourceRecords.Of(source, file, d => problems.Add(d, order));
        if (RecordConverter.For(source, file, d => problems.Add(d, order)) is not { } first || problems.Count > before)
        {
            return problems.Count > before ? null : new SourceResult(source, file.Length, Digest.Of(file), 0, [], [], []);
        }

        var chunks = new Chunk[(records.Count + ChunkRecords - 1) / ChunkRecords];
        Parallel.For(0, chunks.Length, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            var chunk = new Chunk(source, index, file, records, i * ChunkRecords, Math.Min(records.Count, (i + 1) * ChunkRecords));
            chunk.Read(rules, _dropsInvalid, spill);
            chunks[i] = chunk;
        });
        foreach ((Diagnostic problem, int ordinal) in chunks.SelectMany(c => c.Problems))
        {
            problems.Add(problem, order + ordinal);
        }

        // Rows that are pinned to a judging set are converted and nothing else: no rule looks at what judges.
        return new SourceResult(source, file.Length, Digest.Of(file), records.Count, first.Ignored, [.. chunks.SelectMany(c => c.Rows)], [.. chunks.SelectMany(c => c.Dropped)]);
    }

    /// <summary>Some records of a file; one thread works on it.</summary>
    private sealed class Chunk(SourceSpec source, int index, byte[] file, List<SourceRecord> records, int from, int to)
    {
        private readonly RecordConverter _converter = RecordConverter.For(source, file, _ => { })!;
        private readonly RowReader _reader = new();

        public List<(Diagnostic Problem, int Ordinal)> Problems { get; } = [];

        public List<PreparedRow> Rows { get; } = [];

        public List<DroppedRecord> Dropped { get; } = [];

        public void Read(IReadOnlyList<RowRule> rules, bool dropsInvalid, RowSpill spill)
        {
            var text = new ArrayBufferWriter<byte>(1 << 16);
            var lines = new Range[to - from];
            string?[] groups = new string?[to - from];
            for (int i = 0; i < lines.Length; i++)
            {
                int start = text.WrittenCount;
                if (_converter.Convert(file, records[from + i], out groups[i]) is { } wrong)
                {
                    Refuse(wrong, i, dropsInvalid);
                }
                else
                {
                    text.Write(_converter.Row.Written);
                }

                lines[i] = start..text.WrittenCount;
                text.Write("\n"u8);
            }

            byte[] block = text.WrittenSpan.ToArray();
            var wrongRows = new ProblemList();
            RowBlock rows = new RowParser().ParseBlock(new LineBlock(index, 1, block), source.Path, 0, wrongRows);
            foreach (Diagnostic diagnostic in wrongRows.InOrder().DistinctBy(d => dropsInvalid ? (d.Location!.Value.Line, "") : (d.Location!.Value.Line, d.ToString())))
            {
                int i = diagnostic.Location!.Value.Line - 1;
                Refuse(diagnostic with { Location = SourcePlace.Of(_converter, file, records[from + i], source.Path, diagnostic.Location.Value.Column) }, i, dropsInvalid);
            }

            foreach (Row row in rows.Rows)
            {
                Take(row, block.AsMemory()[lines[row.Line - 1]], groups[row.Line - 1], rules);
            }

            spill.Take(rows, sort: false);
        }

        private void Take(Row row, ReadOnlyMemory<byte> line, string? group, IReadOnlyList<RowRule> rules)
        {
            ReadOnlySpan<byte> canonical = row.Canonical.Span;
            var prepared = new PreparedRow(source, records[from + row.Line - 1], line, row, _reader.Facts(canonical, row.Layout), group)
            {
                Content = row.Shape == RowShape.Preference ? row.Id : Digest.Of(canonical[row.Layout.Messages]),
            };
            if (source.Set is null or DatasetKind.Training && rules.FirstOrDefault(r => !r.Keeps(prepared)) is { } broken)
            {
                Dropped.Add(new DroppedRecord(source, prepared.Record.Line, broken.Text, ForeignText.Clean(row.LastUserMessage, 80)));
            }
            else
            {
                Rows.Add(prepared);
            }
        }

        private void Refuse(Diagnostic wrong, int i, bool drops)
        {
            if (drops)
            {
                Dropped.Add(new DroppedRecord(source, records[from + i].Line, RowRule.Valid, $"{wrong.Code}: {wrong.Message}"));
            }
            else
            {
                Problems.Add((wrong, from + i));
            }
        }
    }
}

/// <summary>From a place in a prepared row to the place in its source.</summary>
internal static class SourcePlace
{
    /// <param name="column">In UTF-16 code units from 1; 0: the record.</param>
    public static SourceLocation Of(RecordConverter converter, ReadOnlyMemory<byte> file, SourceRecord record, string path, int column)
    {
        if (column == 0 || converter.Convert(file, record, out _) is not null)
        {
            return column == 0 ? new SourceLocation(path, record.Line) : SourceRecords.Place(path, file.Span, record.Start, record);
        }

        return SourceRecords.Place(path, file.Span, converter.Row.SourceOf(Offset(converter.Row.Written, column)), record);
    }

    private static int Offset(ReadOnlySpan<byte> line, int column)
    {
        int at = 0;
        for (int units = column - 1; units > 0 && at < line.Length;)
        {
            units -= Rune.DecodeFromUtf8(line[at..], out Rune rune, out int length) == OperationStatus.Done ? rune.Utf16SequenceLength : 1;
            at += Math.Max(1, length);
        }

        return at;
    }
}
