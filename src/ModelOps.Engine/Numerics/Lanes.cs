using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// Drivers over 16 lanes. <see cref="Vector512{T}"/> is the lane model on every machine: where the hardware is narrower the runtime runs the same
/// operations on halves. A tail goes through a padded copy and the same operator, so it has the bits of a full vector.
/// </summary>
internal static unsafe class Lanes
{
    public const int Count = 16;

    /// <summary>Arrays that an operator may touch at once.</summary>
    private const int Arrays = 5;

    /// <summary>Runs the operator over n elements of up to five arrays; those an operator does not use are null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ForEach<TOperator>(
        TOperator operation, long n, float* a, float* b = null, float* c = null, float* d = null, float* e = null)
        where TOperator : struct, IElementwise
    {
        long i = 0;
        for (; i <= n - Count; i += Count) operation.Apply(a + i, b + i, c + i, d + i, e + i);
        if (i == n) return;

        var tail = (int)(n - i);
        var padded = stackalloc float[Arrays * Count];
        Fill(padded, tail, i, a, b, c, d, e);
        operation.Apply(padded, padded + Count, padded + 2 * Count, padded + 3 * Count, padded + 4 * Count);
        Copy(padded, a + i, tail);
        if (TOperator.Outputs > 1) Copy(padded + Count, b + i, tail);
        if (TOperator.Outputs > 2) Copy(padded + 2 * Count, c + i, tail);
    }

    /// <summary>Runs the operator's 16 accumulators over n elements; a tail changes only the lanes it has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector512<float> Reduce<TOperator>(TOperator operation, Vector512<float> start, long n, float* a, float* b = null, float* c = null)
        where TOperator : struct, IReduction
    {
        var sum = start;
        long i = 0;
        for (; i <= n - Count; i += Count) sum = operation.Apply(sum, a + i, b + i, c + i);
        return i == n ? sum : ReduceTail(operation, sum, n - i, a + i, b == null ? null : b + i, c == null ? null : c + i);
    }

    // Apart, because a call that the sum lives through would keep it in memory during the loop as well.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> ReduceTail<TOperator>(TOperator operation, Vector512<float> sum, long n, float* a, float* b, float* c)
        where TOperator : struct, IReduction
    {
        var tail = (int)n;
        var padded = stackalloc float[Arrays * Count];
        Fill(padded, tail, 0, a, b, c, null, null);
        var live = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(tail)).AsSingle();
        sum = Vector512.ConditionalSelect(live, operation.Apply(sum, padded, padded + Count, padded + 2 * Count), sum);
        if (TOperator.WritesFirst) Copy(padded, a, tail);
        return sum;
    }

    /// <summary>Folds the lanes in halves: 0 with 8, then 0 with 4, 0 with 2, 0 with 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fold(Vector512<float> sum)
    {
        var eight = sum.GetLower() + sum.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fill(float* padded, int tail, long from, float* a, float* b, float* c, float* d, float* e)
    {
        new Span<float>(padded, Arrays * Count).Clear();
        Copy(a + from, padded, tail);
        if (b != null) Copy(b + from, padded + Count, tail);
        if (c != null) Copy(c + from, padded + 2 * Count, tail);
        if (d != null) Copy(d + from, padded + 3 * Count, tail);
        if (e != null) Copy(e + from, padded + 4 * Count, tail);
    }

    private static void Copy(float* source, float* destination, int count)
    {
        for (var i = 0; i < count; i++) destination[i] = source[i];
    }
}
