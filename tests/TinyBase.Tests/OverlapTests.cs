using System.Text;
using System.Text.Json;
using TinyBase.Corpus;
using TinyBase.Training;

namespace TinyBase.Tests;

/// <summary>The base model must not have seen what the sample adapters are measured on: no sentence, no template, no label set in common.</summary>
public sealed class OverlapTests
{
    private const int NGram = 8;
    private const int ShortestSentence = 5;

    [FactIfSampleData]
    public void No_sentence_and_no_eight_words_in_a_row_are_shared_with_the_samples()
    {
        var sentences = new HashSet<string>(StringComparer.Ordinal);
        var grams = new HashSet<string>(StringComparer.Ordinal);
        foreach (string text in SampleTexts())
        {
            sentences.UnionWith(Sentences(text));
            grams.UnionWith(NGrams(text));
        }

        Assert.NotEmpty(grams);
        var shared = new List<string>();
        for (int i = 0; i < Recipe.Documents; i += 9)
        {
            string text = Words(CorpusGenerator.Training(Recipe.Seed, i));
            shared.AddRange(Sentences(text).Where(sentences.Contains));
            shared.AddRange(NGrams(text).Where(grams.Contains));
        }

        Assert.Empty(shared.Distinct().Take(20));
    }

    [FactIfSampleData]
    public void No_label_set_is_shared_with_the_samples()
    {
        var sampleSets = SampleLabelSets().Select(Key).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(sampleSets);
        var offered = Enumerable.Range(0, Recipe.Documents / 3).SelectMany(i => CorpusGenerator.Training(Recipe.Seed, i * 3).LabelSets).Select(Key).Distinct();
        Assert.Empty(offered.Where(sampleSets.Contains).Take(20));
    }

    private static string Key(IEnumerable<string> labels) => string.Join('|', labels.Select(l => string.Join(' ', Normalised(l))).Distinct().Order(StringComparer.Ordinal));

    private static string Words(Document document) => document.Text ?? string.Join('\n', document.Turns.Select(t => t.Content));

    /// <summary>Letters and digits in lower case; every other run of characters parts two words.</summary>
    private static List<string> Normalised(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (char c in text + " ")
        {
            if (char.IsLetterOrDigit(c))
                word.Append(char.ToLowerInvariant(c));
            else if (c != '\'' && word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        return words;
    }

    private static IEnumerable<string> Sentences(string text) => text.Split('.', '!', '?', '\n')
        .Select(Normalised).Where(w => w.Count >= ShortestSentence).Select(w => string.Join(' ', w));

    private static IEnumerable<string> NGrams(string text)
    {
        var words = Normalised(text);
        for (int i = 0; i + NGram <= words.Count; i++)
            yield return string.Join(' ', words.Skip(i).Take(NGram));
    }

    private static IEnumerable<JsonElement> SampleMessages()
    {
        foreach (string line in Repository.SampleData().SelectMany(File.ReadLines).Where(l => l.Trim().Length > 0))
            foreach (var message in JsonDocument.Parse(line).RootElement.GetProperty("messages").EnumerateArray())
                yield return message;
    }

    private static IEnumerable<string> SampleTexts() => SampleMessages().Select(m => m.GetProperty("content").GetString()!).Distinct();

    /// <summary>Per key of the JSON answers: the values, where they are few enough to be labels.</summary>
    private static IEnumerable<IReadOnlyCollection<string>> SampleLabelSets()
    {
        var values = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var message in SampleMessages().Where(m => m.GetProperty("role").GetString() == "assistant"))
        {
            string content = message.GetProperty("content").GetString()!;
            if (!content.StartsWith('{'))
                continue;
            foreach (var field in JsonDocument.Parse(content).RootElement.EnumerateObject().Where(f => f.Value.ValueKind == JsonValueKind.String))
            {
                if (!values.TryGetValue(field.Name, out var set))
                    values[field.Name] = set = new HashSet<string>(StringComparer.Ordinal);
                set.Add(field.Value.GetString()!);
            }
        }

        return values.Values.Where(s => s.Count <= 100);
    }
}
