using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

/// <summary>One step of a reduction: 16 elements of up to three arrays into 16 accumulators.</summary>
internal unsafe interface IReduction
{
    /// <summary>Whether the first array is written as well.</summary>
    static abstract bool WritesFirst { get; }

    Vector512<float> Apply(Vector512<float> sum, float* a, float* b, float* c);
}
