using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Tests.Artifacts;

public sealed class AnswerCacheTests : IDisposable
{
    private static readonly ActionKey s_subject = new KeyFields().Add("model", "m").ToKey("generate");
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();
    private readonly AnswerCache _cache;

    public AnswerCacheTests() => _cache = new ModelStore(_folder.In("store"), _log).Answers;

    public void Dispose() => _folder.Dispose();

    private static AnswerLine Answer(string id, int repeat, string text) => new(id, repeat, text, 3, 4, "stop", 1.5);

    private string File1 => _folder.In("store", "answers", $"{s_subject.Hex}.jsonl");

    [Fact]
    public async Task Answers_are_kept_and_added_to_and_never_replaced()
    {
        Assert.Empty(_cache.Get(s_subject));
        await _cache.PutAsync(s_subject, [Answer("b", 0, "B\n\"é"), Answer("a", 1, "A1")], default);
        await _cache.PutAsync(s_subject, [Answer("a", 0, "A0"), Answer("b", 0, "other")], default);
        var kept = _cache.Get(s_subject);
        Assert.Equal(["A0", "A1", "B\n\"é"], kept.OrderBy(a => a.Key).Select(a => a.Value.Text));
        Assert.Equal(Answer("a", 1, "A1"), kept[("a", 1)]);
        Assert.Empty(_cache.Get(new KeyFields().ToKey("generate")));
    }

    [Fact]
    public async Task The_file_does_not_depend_on_the_order_of_adding()
    {
        await _cache.PutAsync(s_subject, [Answer("a", 0, "1"), Answer("b", 0, "2")], default);
        byte[] first = File.ReadAllBytes(File1);
        File.Delete(File1);
        await _cache.PutAsync(s_subject, [Answer("b", 0, "2")], default);
        await _cache.PutAsync(s_subject, [Answer("a", 0, "1")], default);
        Assert.Equal(first, File.ReadAllBytes(File1));
    }

    [Fact]
    public async Task Damaged_answers_are_dropped_and_said()
    {
        await _cache.PutAsync(s_subject, [Answer("a", 0, "good")], default);
        File.WriteAllText(File1, File.ReadAllText(File1).Replace("good", "evil", StringComparison.Ordinal));
        Assert.Empty(_cache.Get(s_subject));
        Assert.Equal(["MOPS2033"], _log.Codes);
        Assert.False(File.Exists(File1));
    }

    [Fact]
    public async Task Writers_at_once_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => _cache.PutAsync(s_subject, [Answer($"{i}", 0, "x")], default))));
        Assert.Equal(10, _cache.Get(s_subject).Count);
    }
}
