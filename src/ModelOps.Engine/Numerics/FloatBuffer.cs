using System.Runtime.InteropServices;

namespace ModelOps.Engine.Numerics;

/// <summary>Native memory for floats, aligned to a cache line. Pointers into it stay valid until it is disposed.</summary>
internal sealed unsafe class FloatBuffer : IDisposable
{
    private const int Alignment = 64;

    public FloatBuffer(long length, bool zeroed = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        // One spare vector behind the end keeps an empty buffer addressable.
        var bytes = checked((nuint)length * sizeof(float) + Alignment);
        Pointer = (float*)NativeMemory.AlignedAlloc(bytes, Alignment);
        if (zeroed) NativeMemory.Clear(Pointer, bytes);
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
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
