using TinyBase.Episodes;
using TinyBase.Training;

namespace TinyBase.Corpus;

/// <summary>
/// The corpus: document i is a function of (seed, i). It starts with words and short texts and goes on
/// to records and examples, because short lessons give the most labels per token while meanings are still being learnt.
/// </summary>
internal static class CorpusGenerator
{
    private const ulong TrainingStream = 1;
    private const ulong HeldOutStream = 2;

    public static Document Training(ulong seed, int index) => Create(new Rng(seed, TrainingStream, (ulong)index), index < Recipe.EarlyDocuments);

    /// <summary>Documents of the same kinds that training never sees, for the held-out loss.</summary>
    public static Document HeldOut(ulong seed, int index) => Create(new Rng(seed, HeldOutStream, (ulong)index), early: false);

    private static Document Create(Rng rng, bool early)
    {
        var lexicon = Lexicon.Default;
        // Per cent of the documents.
        int plain = early ? 30 : 14, words = early ? 35 : 18, text = early ? 5 : 14, turns = early ? 20 : 26;
        int draw = rng.Next(100);
        if (draw < plain)
            return PlainText.Create(lexicon, rng);
        if ((draw -= plain) < words)
            return WordEpisodes.Create(lexicon, rng);
        if ((draw -= words) < text)
            return TextEpisodes.Create(lexicon, rng);
        if ((draw -= text) < turns)
            return Turns(lexicon, rng);
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
