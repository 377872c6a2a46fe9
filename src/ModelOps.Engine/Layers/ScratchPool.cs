using System.Collections.Concurrent;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Layers;

/// <summary>Working memory for the parts of a parallel loop: as many buffers as parts run at once, reused from call to call.</summary>
internal sealed class ScratchPool : IDisposable
{
    private readonly ConcurrentBag<FloatBuffer> _free = [];

    /// <summary>A buffer of at least <paramref name="length"/> floats with any content.</summary>
    internal FloatBuffer Rent(long length)
    {
        if (_free.TryTake(out var buffer))
        {
            if (buffer.Length >= length)
                return buffer;
            buffer.Dispose();
        }

        return new FloatBuffer(length, zeroed: false);
    }

    internal void Return(FloatBuffer buffer) => _free.Add(buffer);

    public void Dispose()
    {
        while (_free.TryTake(out var buffer))
            buffer.Dispose();
    }
}
