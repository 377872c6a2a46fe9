using System.Buffers;
using ModelOps.Core.Data;

namespace ModelOps.Pipeline.Validating;

/// <summary>A row of a set, by its place in the set's row file.</summary>
internal readonly record struct RowPlace(DatasetKind Kind, int Index);

/// <summary>
/// The rows that may have more tokens than a limit: a row of no more bytes has no more tokens. The bytes are those of its line in the row file, whose digest (93 bytes with what is
/// around it) stands for what a chat template adds.
/// </summary>
internal static class LongRows
{
    private const int BlockSize = 1 << 20;

    /// <summary>Writes the longest rows of the files into one, at most <paramref name="most"/>; says which they are, and how many there were.</summary>
    public static (IReadOnlyList<RowPlace> Written, int All) Collect(IReadOnlyList<(DatasetKind Kind, string Path)> files, int tokens, int most, string target)
    {
        var longest = new PriorityQueue<(DatasetKind Kind, int File, int Index, long Start, int Length), int>();
        int all = 0;
        for (int file = 0; file < files.Count; file++)
        {
            foreach ((int index, long start, int length) in Lines(files[file].Path))
            {
                if (length <= tokens)
                {
                    continue;
                }

                all++;
                longest.Enqueue((files[file].Kind, file, index, start, length), length);
                if (longest.Count > most)
                {
                    longest.Dequeue();
                }
            }
        }

        var rows = longest.UnorderedItems.Select(i => i.Element).OrderBy(r => r.File).ThenBy(r => r.Index).ToList();
        if (rows.Count > 0)
        {
            using FileStream output = File.Create(target);
            foreach (var set in rows.GroupBy(r => r.File))
            {
                using FileStream input = File.OpenRead(files[set.Key].Path);
                foreach (var row in set)
                {
                    byte[] line = new byte[row.Length + 1];
                    input.Position = row.Start;
                    input.ReadExactly(line);
                    output.Write(line);
                }
            }
        }

        return ([.. rows.Select(r => new RowPlace(r.Kind, r.Index))], all);
    }

    // Each line without its end.
    private static IEnumerable<(int Index, long Start, int Length)> Lines(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        (int index, long start, long at) = (0, 0, 0);
        for (int read; (read = stream.Read(buffer)) > 0; at += read)
        {
            for (int from = 0, end; (end = buffer.AsSpan(from, read - from).IndexOf((byte)'\n')) >= 0;)
            {
                from += end + 1;
                yield return (index++, start, checked((int)(at + from - 1 - start)));
                start = at + from;
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }
}
