using System.Security.Cryptography;
using System.Text;
using TinyBase.Corpus;
using TinyBase.Training;

namespace TinyBase.Tests;

public sealed class CorpusTests
{
    /// <summary>First half of the SHA-256 of documents from all parts of the corpus. It changes with every change of lexicon, templates or generator, and then the model is another.</summary>
    private const string ExpectedDigest = "833fbcade0084e1a1770631043c944b4";

    [Fact]
    public void Documents_of_all_parts_are_the_ones_the_model_was_trained_on()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 2000; i++)
            text.Append(ChatText.Render(Document(i * 97)));
        Assert.Equal(ExpectedDigest, Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text.ToString())))[..32]);
    }

    [Fact]
    public void A_document_is_the_same_written_alone_and_in_any_order()
    {
        var forward = Enumerable.Range(0, 200).Select(i => ChatText.Render(Document(i))).ToList();
        var backward = Enumerable.Range(0, 200).Reverse().Select(i => ChatText.Render(Document(i))).Reverse().ToList();
        Assert.Equal(forward, backward);
        Assert.Equal(forward[123], ChatText.Render(Document(123)));
    }

    [Fact]
    public void Held_out_documents_are_others_than_training_documents()
    {
        var training = Enumerable.Range(0, 20_000).Select(i => ChatText.Render(Document(i * 7))).ToHashSet(StringComparer.Ordinal);
        int shared = Enumerable.Range(0, 500).Count(i => training.Contains(ChatText.Render(CorpusGenerator.HeldOut(Recipe.Seed, i))));
        // Single words have few wordings, so that short lessons may come twice by chance; texts may not.
        Assert.InRange(shared, 0, 25);
    }

    [Fact]
    public void Topics_and_names_kept_for_the_probes_are_no_option_in_training()
    {
        var heldOut = Lexicon.Default.HeldOutTopics.SelectMany(t => t.Names)
            .Except(Lexicon.Default.TrainingTopics.SelectMany(t => t.Names.Concat(t.People).Concat(t.Places).Concat(t.Things)))
            .Except(Lexicon.Default.Domains.SelectMany(d => d.Names)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var offered = Enumerable.Range(0, 20_000).SelectMany(i => Document(i * 11).LabelSets).SelectMany(s => s).Distinct();
        Assert.False(heldOut.Overlaps(offered));
    }

    [Fact]
    public void Every_classification_answer_is_one_of_its_options()
    {
        foreach (var document in Enumerable.Range(0, 20_000).Select(i => Document(i * 13)).Where(d => d is { Task: "turns", LabelSets.Count: 1 }))
            foreach (string answer in document.Turns.Where(t => t.Role == "assistant").Select(t => t.Content).Where(a => a[0] != '{'))
                Assert.Contains(answer, document.LabelSets[0]);
    }

    [Fact]
    public void The_vocabulary_is_rich()
    {
        var words = Enumerable.Range(0, 20_000).SelectMany(i => ChatText.Render(Document(i * 14)).ToLowerInvariant().Split(' ', '\n', '.', ',', '?', '!', ':', '"'))
            .Where(w => w.Length > 2 && w.All(char.IsLetter)).CountBy(w => w).Count(w => w.Value >= 4);
        Assert.InRange(words, 3000, int.MaxValue);
    }

    private static Document Document(int index) => CorpusGenerator.Training(Recipe.Seed, index);
}
