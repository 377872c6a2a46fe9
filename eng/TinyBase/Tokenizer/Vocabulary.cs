using TinyBase.Corpus;
using TinyBase.Training;

namespace TinyBase.Tokenizer;

/// <summary>The vocabulary of the recipe, learnt from the first documents of the corpus.</summary>
internal static class Vocabulary
{
    public static BpeVocabulary Learn()
    {
        var trainer = new BpeTrainer();
        foreach (var document in Enumerable.Range(0, Recipe.TokenizerDocuments).Select(i => CorpusGenerator.Training(Recipe.Seed, i)))
            foreach (string text in document.Text is { } plain ? [plain] : document.Turns.Select(t => t.Content))
                trainer.Add(text);
        return trainer.Train(Recipe.VocabularySize - TokenizerFiles.Specials.Length);
    }
}
