using System.Text.Json;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using TinyBase.Corpus;
using TinyBase.Episodes;
using TinyBase.Tokenizer;

namespace TinyBase.Training;

/// <summary>Right answers of one kind of task.</summary>
/// <param name="Chance">What a guess among the options would score; 0 where there are none.</param>
/// <param name="Majority">What the most frequent answer would score.</param>
/// <param name="ValidJson">Share of the answers that parse; null where no JSON is asked for.</param>
internal sealed record ProbeResult(string Name, int Rows, double Accuracy, double Chance, double Majority, double? ValidJson);

/// <summary>Tasks that training never sees: other documents, other label sets, and labels or whole topics that were kept back.</summary>
internal static class Probes
{
    private const ulong Stream = 3;

    public static IReadOnlyList<ProbeResult> Run(LlamaModel model, ModelOps.Engine.Tokenization.Tokenizer tokenizer, int rows, int threads)
    {
        using var generator = new Generator(model, threads: threads);
        return Sets().Select((set, i) => Measure(set.Name, Documents(set.Write, (ulong)i, rows), generator, tokenizer)).ToList();
    }

    private static IEnumerable<(string Name, Func<Rng, Document> Write)> Sets()
    {
        var lexicon = Lexicon.Default;
        yield return ("label, 4 options", r => ClassifyEpisodes.ZeroShot("p", SchemaBuilder.Subject(lexicon, 4, Scope.Training, r), false, r));
        yield return ("label, 4 new names", r => ClassifyEpisodes.ZeroShot("p", SchemaBuilder.Subject(lexicon, 4, Scope.HeldOutNames, r), false, r));
        yield return ("label, 4 new topics", r => ClassifyEpisodes.ZeroShot("p", SchemaBuilder.Subject(lexicon, 4, Scope.HeldOutTopics, r), false, r));
        yield return ("label, 4 new topics, 6 examples", r => ClassifyEpisodes.FewShot("p", SchemaBuilder.Subject(lexicon, 4, Scope.HeldOutTopics, r), false, 6, r));
        yield return ("label as JSON, 6 options", r => ClassifyEpisodes.ZeroShot("p", SchemaBuilder.Subject(lexicon, 6, Scope.Training, r), true, r));
        yield return ("urgency, mood, kind", r => ClassifyEpisodes.ZeroShot("p", SchemaBuilder.Property(lexicon, r), false, r));
        yield return ("JSON record of 2 to 4 fields", r => ClassifyEpisodes.ZeroShot("p", SchemaBuilder.Record(lexicon, r), true, r));
        yield return ("JSON of stated facts", r => ClassifyEpisodes.ZeroShot("p", SchemaBuilder.Facts(lexicon, r), true, r));
        yield return ("question about a passage", r => TextEpisodes.Question(lexicon, r));
        yield return ("copy", r => TextEpisodes.Copy(lexicon, r));
        yield return ("rewrite", r => TextEpisodes.Rewrite(lexicon, r));
    }

    private static List<Document> Documents(Func<Rng, Document> write, ulong set, int rows) =>
        Enumerable.Range(0, rows).Select(i => write(new Rng(Recipe.Seed, Stream + set, (ulong)i))).ToList();

    private static ProbeResult Measure(string name, List<Document> documents, Generator generator, ModelOps.Engine.Tokenization.Tokenizer tokenizer)
    {
        var answers = Answer(generator, tokenizer, documents.Select(ChatText.Prompt));
        var expected = documents.Select(d => d.Turns[^1].Content).ToList();
        int right = answers.Where((a, i) => a == expected[i]).Count();
        bool json = expected.TrueForAll(e => e.StartsWith('{'));
        double chance = documents.Average(d => d.LabelSets.Count == 0 ? 0 : d.LabelSets.Aggregate(1.0, (p, s) => p / s.Count));
        return new ProbeResult(name, documents.Count, (double)right / documents.Count, chance,
            expected.GroupBy(e => e).Max(g => g.Count()) / (double)documents.Count, json ? answers.Count(IsJson) / (double)answers.Count : null);
    }

    public static List<string> Answer(Generator generator, ModelOps.Engine.Tokenization.Tokenizer tokenizer, IEnumerable<string> prompts)
    {
        var tokens = prompts.Select(p => new GenerationPrompt(tokenizer.Encode(p, addSpecialTokens: false))).ToList();
        var options = new GenerationOptions { MaxNewTokens = 80, StopTokenIds = [TokenizerFiles.TurnEndId, TokenizerFiles.EndOfTextId] };
        return generator.Generate(tokens, options).Select(a => tokenizer.Decode(a.Tokens.ToArray(), skipSpecialTokens: true)).ToList();
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
