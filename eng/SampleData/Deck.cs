namespace ModelOps.SampleData;

/// <summary>Cards drawn in random order and shuffled anew when they are out: shares hold in a small set as in a large one.</summary>
public sealed class Deck(SplitMix random, params (string Card, int Count)[] cards)
{
    private readonly Queue<string> _rest = new();

    public string Draw()
    {
        if (_rest.Count == 0)
        {
            var fresh = cards.SelectMany(c => Enumerable.Repeat(c.Card, c.Count)).ToList();
            random.Shuffle(fresh);
            fresh.ForEach(_rest.Enqueue);
        }

        return _rest.Dequeue();
    }
}
