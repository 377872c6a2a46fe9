using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Models;
using TinyBase.Corpus;
using TinyBase.Tokenizer;
using TinyBase.Training;

namespace TinyBase.Tests;

/// <summary>The committed model is what the program makes, and within its bounds.</summary>
public sealed class ModelFolderTests
{
    [Fact]
    public void The_weights_load_and_are_those_of_the_recipe_within_ten_megabytes()
    {
        using var model = LlamaModel.Load(Repository.ModelFolder);
        Assert.Equal(Recipe.Architecture.ParameterCount, model.Config.ParameterCount);
        Assert.Equal(Recipe.Architecture.LayerCount, model.Config.LayerCount);
        Assert.Equal(Recipe.Architecture.EosTokenIds, model.Config.EosTokenIds);
        Assert.InRange(Directory.EnumerateFiles(Repository.ModelFolder).Sum(f => new FileInfo(f).Length), 1_000_000, 10_000_000);
    }

    [Fact]
    public void The_tokenizer_is_the_one_that_the_corpus_gives()
    {
        string folder = Directory.CreateTempSubdirectory("tiny-base-").FullName;
        try
        {
            TokenizerFiles.Write(folder, Vocabulary.Learn());
            foreach (string file in Directory.EnumerateFiles(folder))
                Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(Repository.ModelFolder, Path.GetFileName(file))));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Text_of_any_kind_survives_encoding_and_decoding()
    {
        var tokenizer = ModelOps.Engine.Tokenization.Tokenizer.Load(Repository.ModelFolder);
        Assert.Equal(Recipe.VocabularySize, tokenizer.VocabularySize);
        foreach (string text in new[] { "The sauce burnt.", "  two  spaces\n\ttab", "Grüße, 東京 🙂", "{\"a\": \"b_c\"}", "it's 12:30!" })
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, addSpecialTokens: false)));
    }

    [Fact]
    public void The_chat_template_renders_what_the_model_was_trained_on()
    {
        var template = ChatTemplate.Load(Repository.ModelFolder);
        for (int i = 0; i < 200; i++)
        {
            var document = CorpusGenerator.Training(Recipe.Seed, i);
            if (document.Text is not null)
                continue;
            var conversation = ChatConversation.FromMessages(document.Turns.Select(t => (t.Role, t.Content)));
            Assert.Equal(ChatText.Render(document), template.Render(conversation).Text);
        }
    }
}
