namespace ModelOps.Engine.Layers;

/// <summary>Consecutive tokens of a pass that go through one adapter.</summary>
/// <param name="Adapter">Index into the network's adapters; <see cref="None"/> for the base model alone.</param>
internal readonly record struct AdapterSpan(int Adapter, int Start, int Count)
{
    internal const int None = -1;
}
