using TinyBase.Episodes;
using TinyBase.Training;

namespace TinyBase.Corpus;

/// <summary>
/// The corpus: document i is a function of (seed, i). It has four parts: words and plain text; a first mixture; lessons in looking back;
/// and the main mixture, which puts all of it together. Short lessons come first, because they give the most answers per token.
/// </summary>
internal static class CorpusGenerator
{
    private const ulong TrainingStream = 1;
    private const ulong HeldOutStream = 2;

    /// <summary>Per cent of the documents; the rest are single questions, records and examples.</summary>
    private sealed record Mixture(int Plain, int Words, int Text, int Turns, int Recall);

    private static readonly Mixture s_words = new(30, 35, 5, 20, 0);
    private static readonly Mixture s_first = new(14, 18, 14, 26, 0);
    private static readonly Mixture s_lookingBack = new(3, 25, 12, 15, 40);
    private static readonly Mixture s_recall = new(0, 8, 20, 10, 55);
    private static readonly Mixture s_transfer = new(2, 22, 14, 28, 22);
    private static readonly Mixture s_main = new(6, 16, 14, 30, 8);

    public static Document Training(ulong seed, int index) => Create(new Rng(seed, TrainingStream, (ulong)index), index switch
    {
        < Recipe.WordDocuments => s_words,
        < Recipe.FirstDocuments => s_first,
        < Recipe.LookingBackDocuments => s_lookingBack,
        >= Recipe.FirstRecallDocument and < Recipe.RecallDocuments => s_recall,
        >= Recipe.RecallDocuments and < Recipe.TransferDocuments => s_transfer,
        _ => s_main,
    });

    /// <summary>Documents of the same kinds that training never sees, for the held-out loss.</summary>
    public static Document HeldOut(ulong seed, int index) => Create(new Rng(seed, HeldOutStream, (ulong)index), s_main);

    private static Document Create(Rng rng, Mixture mixture)
    {
        var lexicon = Lexicon.Default;
        int draw = rng.Next(100);
        if (draw < mixture.Plain)
            return PlainText.Create(lexicon, rng);
        if ((draw -= mixture.Plain) < mixture.Words)
            return WordEpisodes.Create(lexicon, rng);
        if ((draw -= mixture.Words) < mixture.Text)
            return TextEpisodes.Create(lexicon, rng);
        if ((draw -= mixture.Text) < mixture.Turns)
            return Turns(lexicon, rng);
        if ((draw -= mixture.Turns) < mixture.Recall)
            return RecallEpisodes.Create(lexicon, rng);
        return rng.Next(100) switch
        {
            < 30 => ClassifyEpisodes.ZeroShot("zero-shot", AnySchema(lexicon, rng), rng.Chance(30), rng),
            < 50 => ClassifyEpisodes.Lines(SchemaBuilder.Subject(lexicon, rng.Between(2, 7), Scope.Training, rng), rng.Between(2, 5), rng),
            < 72 => ClassifyEpisodes.FewShot("few-shot", AnySchema(lexicon, rng), rng.Chance(30), rng.Chance(12) ? rng.Between(6, 12) : rng.Between(1, 5), rng),
            < 84 => ClassifyEpisodes.ZeroShot("extract", SchemaBuilder.Facts(lexicon, rng), true, rng),
            _ => ClassifyEpisodes.ZeroShot("record", SchemaBuilder.Record(lexicon, rng), true, rng),
        };
    }

    private static Document Turns(Lexicon lexicon, Rng rng) => rng.Next(100) switch
    {
        < 65 => ClassifyEpisodes.Turns("turns", SchemaBuilder.Subject(lexicon, rng.Between(2, 9), Scope.Training, rng), rng.Chance(30), rng.Between(2, 6), rng),
        < 75 => ClassifyEpisodes.Turns("property-turns", SchemaBuilder.Property(lexicon, rng), rng.Chance(30), rng.Between(2, 5), rng),
        _ => ClassifyEpisodes.Turns("record-turns", SchemaBuilder.Record(lexicon, rng), true, rng.Between(2, 4), rng),
    };

    private static Schema AnySchema(Lexicon lexicon, Rng rng) => rng.Next(100) switch
    {
        < 65 => SchemaBuilder.Subject(lexicon, rng.Between(2, 8), Scope.Training, rng),
        < 85 => SchemaBuilder.Record(lexicon, rng),
        _ => SchemaBuilder.Property(lexicon, rng),
    };
}
