using ModelOps.Engine.Models;

namespace ModelOps.Engine.Layers;

/// <summary>The dimensions of grouped-query attention.</summary>
internal readonly record struct HeadShape(int Heads, int KeyValueHeads, int Size)
{
    internal static HeadShape Of(LlamaConfig config) => new(config.HeadCount, config.KeyValueHeadCount, config.HeadSize);

    /// <summary>Query heads that share one key and value head.</summary>
    internal int Group => Heads / KeyValueHeads;

    internal int QuerySize => Heads * Size;

    internal int KeyValueSize => KeyValueHeads * Size;

    /// <summary>Factor of the scores, 1/√D.</summary>
    internal float Scale => 1f / MathF.Sqrt(Size);
}
