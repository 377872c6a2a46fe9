using System.Runtime.InteropServices;

namespace ModelOps.Engine.Numerics;

/// <summary>Native memory for floats, aligned to a cache line. Pointers into it stay valid until it is disposed.</summary>
internal sealed unsafe class FloatBuffer : IDisposable
{
    private const int Alignment = 64;
    private void* _block;

    public FloatBuffer(long length, bool zeroed = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        // One spare vector behind the end keeps an empty buffer addressable, another lets the start be aligned. Zeros come from the
        // system, which gives a large block's pages only when they are first touched: what a small batch does not use costs nothing.
        var bytes = checked((nuint)length * sizeof(float) + 2 * Alignment);
        _block = zeroed ? NativeMemory.AllocZeroed(bytes) : NativeMemory.Alloc(bytes);
        Pointer = (float*)(((nuint)_block + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    ~FloatBuffer() => Free();

    /// <summary>Start of the memory; null once disposed.</summary>
    public float* Pointer { get; private set; }

    /// <summary>Number of floats.</summary>
    public long Length { get; }

    /// <summary>The whole buffer, for buffers of fewer than 2^31 floats.</summary>
    public Span<float> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(Pointer == null, this);
            return new Span<float>(Pointer, checked((int)Length));
        }
    }

    public void Clear()
    {
        ObjectDisposedException.ThrowIf(Pointer == null, this);
        NativeMemory.Clear(Pointer, (nuint)Length * sizeof(float));
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_block);
        _block = null;
        Pointer = null;
    }
}
