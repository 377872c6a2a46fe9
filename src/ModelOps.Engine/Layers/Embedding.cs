using ModelOps.Engine.Numerics;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Layers;

/// <summary>A row of the table per token.</summary>
internal sealed unsafe class Embedding(WeightMatrix table, Parameter? parameter)
{
    internal bool IsTrained => parameter is not null;

    /// <param name="x">[N, C]</param>
    internal void Forward(ReadOnlySpan<int> tokens, float* x)
    {
        fixed (int* ids = tokens)
            Kernels.EmbeddingGather(table, ids, x, tokens.Length);
    }

    /// <param name="dx">[N, C]</param>
    internal void Backward(ThreadTeam team, int[] tokens, float* dx)
    {
        if (parameter is null)
            return;
        fixed (int* pinned = tokens)
        {
            int* ids = pinned;
            RowParts.ForColumns(team, table.Cols, (start, count) =>
                Kernels.EmbeddingScatterAdd(parameter.Gradient, table.Cols, ids, dx, tokens.Length, start, count));
        }
    }
}
