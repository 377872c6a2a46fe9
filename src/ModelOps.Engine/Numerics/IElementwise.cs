namespace ModelOps.Engine.Numerics;

/// <summary>An operation on 16 elements of up to five arrays at a time.</summary>
internal unsafe interface IElementwise
{
    /// <summary>How many of the arrays are written, from the first on; the others are only read.</summary>
    static abstract int Outputs { get; }

    void Apply(float* a, float* b, float* c, float* d, float* e);
}
