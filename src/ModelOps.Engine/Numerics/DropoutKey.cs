namespace ModelOps.Engine.Numerics;

/// <summary>
/// Names one row of dropout decisions. Whether an element is kept depends on the key and its column alone, so forward, backward
/// and a recomputation agree, whatever the packing, the order of the rows or the number of threads.
/// </summary>
/// <param name="seed">The run's seed.</param>
/// <param name="step">Optimizer step.</param>
/// <param name="row">Row in the order of the step's data, for example the token's number within the step.</param>
/// <param name="layer">Distinct for every place in the model that drops.</param>
internal readonly struct DropoutKey(ulong seed, ulong step, ulong row, ulong layer)
{
    private readonly ulong _state = Mix(Mix(Mix(Mix(seed) ^ step) ^ row) ^ layer);

    public uint Low => (uint)_state;

    public uint High => (uint)(_state >> 32);

    // One round of SplitMix64 (Steele, Lea and Flood, 2014).
    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
