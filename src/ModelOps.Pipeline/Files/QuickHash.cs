using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace ModelOps.Pipeline.Files;

/// <summary>
/// The hash that tells a touched file from a changed one: XxHash128 over the XxHash128 of every <see cref="Block"/> bytes, so that the blocks of a large
/// file can be read on all cores. It never leaves the stat cache; what identifies content is SHA-256.
/// </summary>
internal sealed class QuickHash
{
    public const int Block = 64 << 20;

    /// <summary>Small enough to stay in a core's cache between reading and hashing.</summary>
    public const int BufferSize = 128 << 10;

    private readonly XxHash128 _block = new();
    private readonly XxHash128 _all = new();
    private int _filled;

    /// <summary>The hash of a file of which <paramref name="size"/> bytes are known, blocks in parallel.</summary>
    public static UInt128 OfFile(string path, long size, CancellationToken cancellation)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var blocks = new UInt128[(size + Block - 1) / Block];
        if (blocks.Length == 1)
        {
            blocks[0] = OfBlock(file, 0, size, cancellation);
        }
        else
        {
            Parallel.For(0, blocks.Length, new ParallelOptions { CancellationToken = cancellation }, i => blocks[i] = OfBlock(file, (long)i * Block, size, cancellation));
        }

        var all = new QuickHash();
        foreach (UInt128 block in blocks)
        {
            all.Close(block);
        }

        return all._all.GetCurrentHashAsUInt128();
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, Block - _filled);
            _block.Append(bytes[..count]);
            _filled += count;
            bytes = bytes[count..];
            if (_filled == Block)
            {
                Close(_block.GetCurrentHashAsUInt128());
            }
        }
    }

    public UInt128 Finish()
    {
        if (_filled > 0)
        {
            Close(_block.GetCurrentHashAsUInt128());
        }

        return _all.GetCurrentHashAsUInt128();
    }

    private static UInt128 OfBlock(SafeFileHandle file, long start, long size, CancellationToken cancellation)
    {
        var hash = new XxHash128();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        long end = Math.Min(size, start + Block);
        for (long at = start; at < end;)
        {
            cancellation.ThrowIfCancellationRequested();
            int read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(BufferSize, end - at)), at);
            if (read == 0)
            {
                break; // It became shorter meanwhile: the hash differs, which is the truth.
            }

            hash.Append(buffer.AsSpan(0, read));
            at += read;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return hash.GetCurrentHashAsUInt128();
    }

    private void Close(UInt128 block)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, block);
        _all.Append(bytes);
        _block.Reset();
        _filled = 0;
    }
}
