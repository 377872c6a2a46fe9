using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

/// <summary>A storage format's exact expansion to f32.</summary>
internal unsafe interface IStored
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Size { get; }

    static abstract float One(byte* source);

    /// <summary>16 elements, in order.</summary>
    static abstract Vector512<float> Load(byte* source);
}
