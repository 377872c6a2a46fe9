using System.Runtime.Intrinsics.X86;

namespace ModelOps.Engine.Numerics;

/// <summary>How memory is asked for bytes before they are read. Without such an instruction nothing is asked; no result depends on it.</summary>
internal unsafe interface ICacheHint
{
    static abstract void Ask(byte* at);
}

/// <summary>To stay in all caches: weights that fit are there again for the next token.</summary>
internal readonly unsafe struct Kept : ICacheHint
{
    public static void Ask(byte* at)
    {
        if (Sse.IsSupported) Sse.Prefetch0(at);
    }
}

/// <summary>To be read once: weights larger than any cache only push each other out of the outer ones, which costs time of memory.</summary>
internal readonly unsafe struct Passing : ICacheHint
{
    public static void Ask(byte* at)
    {
        if (Sse.IsSupported) Sse.PrefetchNonTemporal(at);
    }
}
