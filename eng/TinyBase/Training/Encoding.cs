using ModelOps.Engine.Tokenization;
using ModelOps.Engine.Training;
using TinyBase.Corpus;

namespace TinyBase.Training;

/// <summary>Documents as training rows.</summary>
internal static class Encoding
{
    public static TrainingExample Encode(Document document, ModelOps.Engine.Tokenization.Tokenizer tokenizer)
    {
        var tokens = new List<int>();
        var scored = new List<bool>();
        foreach (var (text, learnt) in ChatText.Pieces(document))
        {
            int[] ids = tokenizer.Encode(text, addSpecialTokens: false);
            tokens.AddRange(ids);
            scored.AddRange(Enumerable.Repeat(learnt, ids.Length));
        }

        return new TrainingExample(tokens.ToArray(), scored.ToArray());
    }
}
