using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ModelOps.Core.Signing;

namespace ModelOps.Core.Packaging;

/// <summary>The signatures' place in a <c>.nupkg</c>: the last entry of the archive. Adding it leaves every other byte of content where it was, and taking it out gives the
/// archive back as it was packed, so that signing costs no reproducibility.</summary>
/// <remarks>Format: PKWARE's APPNOTE, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (end of central directory); no Zip64.</remarks>
public static class SignatureEntry
{
    private const uint EndSignature = 0x06054b50, RecordSignature = 0x02014b50;
    private const int EndLength = 22, RecordLength = 46, LongestComment = ushort.MaxValue;

    // The one time that all entries of a reproducible package carry.
    private static readonly DateTimeOffset s_time = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private sealed record Directory(byte[] Records, byte[] End, long Offset);

    /// <summary>Copies an archive with these signatures in place of those that it has; null: without any.</summary>
    /// <exception cref="InvalidDataException">It is no archive of this kind, for example one above 4 GB.</exception>
    public static void Copy(Stream archive, Stream target, byte[]? signatures)
    {
        Directory directory = WithoutSignatures(ReadDirectory(archive));
        archive.Position = 0;
        CopyExactly(archive, target, directory.Offset);
        byte[] records = directory.Records;
        long offset = directory.Offset;
        int more = 0;
        if (signatures is not null)
        {
            (byte[] local, byte[] record) = Entry(signatures);
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(42), checked((uint)offset));
            target.Write(local);
            (records, offset, more) = ([.. records, .. record], offset + local.Length, 1);
        }

        byte[] end = directory.End;
        ushort count = checked((ushort)(BinaryPrimitives.ReadUInt16LittleEndian(end.AsSpan(10)) + more));
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(8), count);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(10), count);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(12), checked((uint)records.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), checked((uint)offset));
        target.Write(records);
        target.Write(end);
    }

    private static Directory ReadDirectory(Stream archive)
    {
        byte[] tail = new byte[Math.Min(archive.Length, EndLength + LongestComment)];
        archive.Position = archive.Length - tail.Length;
        archive.ReadExactly(tail);
        for (int at = tail.Length - EndLength; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(at);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) == EndSignature && BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) == end.Length - EndLength)
            {
                long size = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
                long offset = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
                if (offset == uint.MaxValue || BinaryPrimitives.ReadUInt16LittleEndian(end[10..]) == ushort.MaxValue || offset + size != archive.Length - end.Length)
                {
                    throw new InvalidDataException("it is a Zip64 archive (above 4 GB); its signatures must be detached");
                }

                byte[] records = new byte[size];
                archive.Position = offset;
                archive.ReadExactly(records);
                return new Directory(records, end.ToArray(), offset);
            }
        }

        throw new InvalidDataException("it is no zip archive");
    }

    private static Directory WithoutSignatures(Directory directory)
    {
        int at = 0;
        for (int length; at < directory.Records.Length; at += length)
        {
            ReadOnlySpan<byte> record = directory.Records.AsSpan(at);
            if (record.Length < RecordLength || BinaryPrimitives.ReadUInt32LittleEndian(record) != RecordSignature)
            {
                throw new InvalidDataException("its directory is damaged");
            }

            int name = BinaryPrimitives.ReadUInt16LittleEndian(record[28..]);
            length = RecordLength + name + BinaryPrimitives.ReadUInt16LittleEndian(record[30..]) + BinaryPrimitives.ReadUInt16LittleEndian(record[32..]);
            if (length == record.Length && Encoding.UTF8.GetString(record.Slice(RecordLength, name)) == SignatureBundle.Path)
            {
                byte[] end = directory.End;
                BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(10), (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(end.AsSpan(10)) - 1));
                return new Directory(directory.Records[..at], end, BinaryPrimitives.ReadUInt32LittleEndian(record[42..]));
            }
        }

        return directory;
    }

    /// <summary>Header with content, and record, of a stored entry: an archive of its own, taken apart.</summary>
    private static (byte[] Local, byte[] Record) Entry(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            ZipArchiveEntry entry = archive.CreateEntry(SignatureBundle.Path, CompressionLevel.NoCompression);
            entry.LastWriteTime = s_time;
            using Stream stream = entry.Open();
            stream.Write(content);
        }

        Directory directory = ReadDirectory(bytes);
        return (bytes.ToArray()[..(int)directory.Offset], directory.Records);
    }

    private static void CopyExactly(Stream source, Stream target, long count)
    {
        byte[] buffer = new byte[1 << 16];
        while (count > 0)
        {
            int read = source.Read(buffer, 0, (int)Math.Min(count, buffer.Length));
            target.Write(buffer, 0, read > 0 ? read : throw new InvalidDataException("it ends before its directory"));
            count -= read;
        }
    }
}
