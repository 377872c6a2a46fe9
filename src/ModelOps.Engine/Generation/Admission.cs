using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;

namespace ModelOps.Engine.Generation;

/// <summary>Prompts become rows, or are refused before anything is computed.</summary>
internal static class Admission
{
    /// <param name="index">What the row is called in messages, and among its peers.</param>
    /// <exception cref="GenerationException">The prompt is empty, too long for the model, holds an unknown token or asks for an unknown adapter.</exception>
    internal static GenerationRow Row(LlamaConfig config, int adapters, GenerationPrompt prompt, int index, GenerationOptions options)
    {
        if (prompt.Tokens.Length == 0)
            throw new GenerationException(index, "it has no tokens");
        if (prompt.Tokens.Length > config.MaxPositions)
            throw new GenerationException(index, $"it has {prompt.Tokens.Length} tokens; the model has {config.MaxPositions} positions");
        int bad = Array.FindIndex(prompt.Tokens, t => t < 0 || t >= config.VocabularySize);
        if (bad >= 0)
            throw new GenerationException(index, $"token {bad} has the id {prompt.Tokens[bad]}; the vocabulary has {config.VocabularySize}");
        bool known = prompt.Adapter == AdapterSpan.None || prompt.Adapter == 0 || (prompt.Adapter > 0 && prompt.Adapter < adapters);
        if (!known)
            throw new GenerationException(index, $"it asks for adapter {prompt.Adapter}; there are {adapters}");
        return new GenerationRow(index, prompt, options, Math.Min(options.MaxNewTokens, config.MaxPositions - prompt.Tokens.Length));
    }
}
