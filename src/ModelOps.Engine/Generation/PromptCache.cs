namespace ModelOps.Engine.Generation;

/// <summary>A key-value cache and what it holds: the beginning of a prompt, computed as prompts are, under one adapter.</summary>
internal sealed class PromptCache(KeyValueCache memory)
{
    private int[] _prompt = [];

    internal KeyValueCache Memory => memory;

    /// <summary>Under which the prompt was computed.</summary>
    internal int Adapter { get; private set; }

    /// <summary>
    /// Tokens of the prompt that are in memory. Those that follow were decoded one by one, which is another order of summation: nobody
    /// takes them over.
    /// </summary>
    internal int Filled { get; set; }

    internal void Assign(GenerationRow row, int filled)
    {
        _prompt = row.Prompt;
        Adapter = row.Adapter;
        Filled = filled;
    }

    /// <summary>Tokens that the row can take over from here.</summary>
    internal int Shared(GenerationRow row) =>
        Adapter == row.Adapter ? Math.Min(Math.Min(Filled, row.Prefill), _prompt.AsSpan().CommonPrefixLength(row.Prompt)) : 0;
}
