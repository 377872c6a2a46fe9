using System.Security.Cryptography;
using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Data;

/// <summary>A file of a dataset.</summary>
/// <param name="Path">As it was given.</param>
public sealed record DatasetFile(string Path, long Bytes, int Rows);

/// <summary>The rows of one set, all valid. Duplicates are kept: a row that occurs twice weighs twice.</summary>
public sealed class Dataset
{
    internal Dataset(DatasetKind kind, RowOrder order, IReadOnlyList<Row> rows, IReadOnlyList<DatasetFile> files)
    {
        Kind = kind;
        Order = order;
        Rows = rows;
        Files = files;
        Digest = DigestOf(order, rows);
    }

    public DatasetKind Kind { get; }

    public RowOrder Order { get; }

    public IReadOnlyList<Row> Rows { get; }

    public IReadOnlyList<DatasetFile> Files { get; }

    /// <summary>Identity of the set: SHA-256 over the row digests in order; see <c>docs/formats/dataset.md</c>.</summary>
    public Digest Digest { get; }

    /// <summary>Of every row; an empty set has none.</summary>
    public RowShape Shape => Rows.Count > 0 ? Rows[0].Shape : RowShape.Conversation;

    /// <summary>
    /// Writes the row file that a worker reads: <c>{"id":…,"messages":[…]}</c> a line, or <c>{"id":…,"prompt":[…],"chosen":[…],"rejected":[…]}</c>.
    /// Leaves a file with the same bytes alone; true when it was written.
    /// </summary>
    public bool WriteRows(string path) => AtomicFile.WriteIfDifferent(path, stream => WriteRows(stream, CancellationToken.None), durable: false);

    /// <summary>The same into a stream.</summary>
    public void WriteRows(Stream stream, CancellationToken cancellation) => RowFile.Write(Rows, stream, cancellation);

    private static Digest DigestOf(RowOrder order, IReadOnlyList<Row> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(order == RowOrder.Canonical ? "modelops-rows-1\n"u8 : "modelops-rows-in-order-1\n"u8);
        // Many lines at once: a call costs as much as hashing a line.
        const int length = Digest.TextLength + 1, batch = 512;
        byte[] lines = new byte[batch * length];
        for (int i = 0; i < rows.Count; i++)
        {
            Span<byte> line = lines.AsSpan(i % batch * length, length);
            rows[i].Id.Format(line);
            line[^1] = (byte)'\n';
            if (i % batch == batch - 1 || i == rows.Count - 1)
            {
                hash.AppendData(lines, 0, ((i % batch) + 1) * length);
            }
        }

        return Digest.FromBytes(hash.GetHashAndReset());
    }
}
