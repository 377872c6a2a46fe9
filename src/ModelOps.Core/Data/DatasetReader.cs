using System.Buffers;
using System.Collections.Concurrent;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>Reads JSON Lines files into a <see cref="Dataset"/>; blocks of lines are parsed in parallel, the result does not depend on it.</summary>
public static class DatasetReader
{
    private const long OrderPerFile = 1L << 40;

    /// <summary>Bytes of rows that are put in order at a time by each thread, once rows are in a file.</summary>
    private const long LeastPart = 256 << 10, LargestPart = 16 << 20;

    /// <inheritdoc cref="Read(IReadOnlyList{string}, DatasetKind, ReadOptions, IStageLog, CancellationToken)"/>
    public static Dataset? Read(
        IReadOnlyList<string> files, DatasetKind kind, IStageLog log, CancellationToken cancellation, RowOrder order = RowOrder.Canonical)
        => Read(files, kind, new ReadOptions { Order = order }, log, cancellation);

    /// <summary>
    /// The rows of all files, or null when anything is wrong. All problems of all files are found; the first
    /// <see cref="ProblemList.Shown"/> go to the log, then their number.
    /// </summary>
    /// <param name="files">Paths as messages should show them; each is read once.</param>
    public static Dataset? Read(IReadOnlyList<string> files, DatasetKind kind, ReadOptions options, IStageLog log, CancellationToken cancellation)
    {
        var problems = new ProblemList();
        var sizes = new long[files.Count];
        var spill = new RowSpill(options.SpillFolder, options.Memory);
        List<RowBlock> blocks = ReadBlocks(files, sizes, options, spill, problems, cancellation);
        if (problems.Count > 0)
        {
            problems.Report(log, (more, all) => DataErrors.MoreProblems(
                more, all.Skip(ProblemList.Shown).Select(d => d.Location?.File).Distinct(StringComparer.Ordinal).Count()));
            return null;
        }

        Row[] rows = Join(blocks, options, spill.IsUsed, cancellation);
        if (rows.Length == 0)
        {
            log.Report(DataErrors.EmptyDataset(kind, [.. files]));
            return null;
        }

        if (Array.Find(rows, row => row.Shape != rows[0].Shape) is { } other)
        {
            log.Report(DataErrors.MixedShapes(other.Location, kind, other.Shape, rows[0].Location, rows[0].Shape));
            return null;
        }

        WarnOfTools(blocks, log);
        if (options.Checks is { } checks)
        {
            UnknownFields.Report(blocks.Select(b => b.Unknown), checks.Findings);
        }

        int[] counts = new int[files.Count];
        foreach (RowBlock block in blocks)
        {
            counts[block.File] += block.Rows.Length;
        }

        return new Dataset(kind, options.Order, rows, [.. files.Select((f, i) => new DatasetFile(f, sizes[i], counts[i]))]);
    }

    private static List<RowBlock> ReadBlocks(
        IReadOnlyList<string> files, long[] sizes, ReadOptions options, RowSpill spill, ProblemList problems, CancellationToken cancellation)
    {
        var blocks = new List<RowBlock>();
        Parallel.ForEach(
            Partitioner.Create(LineBlocks(files, sizes, problems), EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { CancellationToken = cancellation },
            () => new RowParser(checks: options.Checks),
            (block, _, parser) =>
            {
                RowBlock rows = parser.ParseBlock(block, files[block.File], block.File * OrderPerFile, problems);
                ArrayPool<byte>.Shared.Return(block.Buffer!);
                if (spill.Take(rows, options.Order == RowOrder.Canonical))
                {
                    parser.Reuse(rows.Output!);
                    rows = rows with { Output = null };
                }

                lock (blocks)
                {
                    blocks.Add(rows);
                }

                return parser;
            },
            _ => { });
        blocks.Sort((a, b) => (a.File, a.FirstLine).CompareTo((b.File, b.FirstLine)));
        return blocks;
    }

    private static Row[] Join(List<RowBlock> blocks, ReadOptions options, bool spilled, CancellationToken cancellation)
    {
        if (spilled && options.Order == RowOrder.Canonical)
        {
            Parallel.ForEach(blocks.Where(b => !b.Source.IsSpilled), block => CanonicalOrder.Sort(block.Rows));
            return RowMerge.Merge([.. blocks.Select(b => b.Rows)], Math.Clamp(options.Memory / 4, LeastPart, LargestPart), cancellation);
        }

        var rows = new Row[blocks.Sum(b => b.Rows.Length)];
        int at = 0;
        foreach (RowBlock block in blocks)
        {
            block.Rows.CopyTo(rows, at);
            at += block.Rows.Length;
        }

        if (options.Order == RowOrder.Canonical)
        {
            CanonicalOrder.Sort(rows);
        }

        return rows;
    }

    private static void WarnOfTools(List<RowBlock> blocks, IStageLog log)
    {
        int rows = blocks.Sum(b => b.RowsWithTools);
        if (rows > 0)
        {
            RowBlock first = blocks.First(b => b.RowsWithTools > 0);
            log.Report(DataErrors.ToolsAreNotRendered(first.FirstTools!.Value.Location, first.FirstTools.Value.Property, rows));
        }
    }

    private static IEnumerable<LineBlock> LineBlocks(IReadOnlyList<string> files, long[] sizes, ProblemList problems)
    {
        for (int i = 0; i < files.Count; i++)
        {
            using var reader = LineBlockReader.TryOpen(files[i], i, out Diagnostic? problem);
            if (reader is null)
            {
                problems.Add(problem!, i * OrderPerFile);
                continue;
            }

            while (reader.Next(out problem) is { } block)
            {
                yield return block;
            }

            if (problem is not null)
            {
                problems.Add(problem, (i * OrderPerFile) + reader.Line);
            }

            sizes[i] = reader.Bytes;
        }
    }
}
