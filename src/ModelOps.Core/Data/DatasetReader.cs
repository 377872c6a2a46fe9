using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>Reads JSON Lines files into a <see cref="Dataset"/>; blocks of lines are parsed in parallel, the result does not depend on it.</summary>
public static class DatasetReader
{
    private const long OrderPerFile = 1L << 40;

    /// <summary>
    /// The rows of all files, or null when anything is wrong. All problems of all files are found; the first
    /// <see cref="ProblemList.Shown"/> go to the log, then their number.
    /// </summary>
    /// <param name="files">Paths as messages should show them; each is read once.</param>
    public static Dataset? Read(
        IReadOnlyList<string> files, DatasetKind kind, IStageLog log, CancellationToken cancellation, RowOrder order = RowOrder.Canonical)
    {
        var problems = new ProblemList();
        var blocks = new List<RowBlock>();
        var sizes = new long[files.Count];
        var options = new ParallelOptions { CancellationToken = cancellation };
        Parallel.ForEach(
            System.Collections.Concurrent.Partitioner.Create(LineBlocks(files, sizes, problems), System.Collections.Concurrent.EnumerablePartitionerOptions.NoBuffering),
            options,
            () => new RowParser(),
            (block, _, parser) =>
            {
                RowBlock rows = parser.ParseBlock(block, files[block.File], block.File * OrderPerFile, problems);
                lock (blocks)
                {
                    blocks.Add(rows);
                }

                return parser;
            },
            _ => { });
        blocks.Sort((a, b) => (a.File, a.FirstLine).CompareTo((b.File, b.FirstLine)));
        if (problems.Count > 0)
        {
            problems.Report(log, (more, all) => DataErrors.MoreProblems(
                more, all.Skip(ProblemList.Shown).Select(d => d.Location?.File).Distinct(StringComparer.Ordinal).Count()));
            return null;
        }

        Row[] rows = Join(blocks);
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
        int[] counts = new int[files.Count];
        foreach (RowBlock block in blocks)
        {
            counts[block.File] += block.Rows.Length;
        }

        if (order == RowOrder.Canonical)
        {
            CanonicalOrder.Sort(rows);
        }

        return new Dataset(kind, order, rows, [.. files.Select((f, i) => new DatasetFile(f, sizes[i], counts[i]))]);
    }

    private static Row[] Join(List<RowBlock> blocks)
    {
        var rows = new Row[blocks.Sum(b => b.Rows.Length)];
        int at = 0;
        foreach (RowBlock block in blocks)
        {
            block.Rows.CopyTo(rows, at);
            at += block.Rows.Length;
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
