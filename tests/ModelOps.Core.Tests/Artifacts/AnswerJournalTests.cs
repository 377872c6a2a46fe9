using System.Globalization;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Tests.Artifacts;

public sealed class AnswerJournalTests : IDisposable
{
    private static readonly ActionKey s_subject = new KeyFields().Add("endpoint", "e").ToKey("answers");
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _folder.Dispose();

    private ModelStore Store => new(_folder.In("store"), _log);

    private string JournalFile => _folder.In("store", "answers", $"{s_subject.Hex}.journal");

    [Fact]
    public async Task Answers_go_into_the_store_and_stay_paid()
    {
        using (AnswerJournal journal = await OpenAsync())
        {
            journal.Add(Answer("a", "A\n\r\u2028\"é"));
            journal.Add(Answer("b", ""));
            Assert.True(File.Exists(JournalFile));
            await journal.SettleAsync(default);
            journal.Add(Answer("c", "C"));
            await journal.SettleAsync(default);
        }

        Assert.Equal(["A\n\r\u2028\"é", "", "C"], Store.Answers.Get(s_subject).OrderBy(a => a.Key).Select(a => a.Value.Text));
        Assert.True(new StoreInventory(Store).List().Single().Paid);
        Assert.False(File.Exists(JournalFile));
    }

    [Fact]
    public async Task A_process_that_is_killed_loses_no_answer_that_it_had()
    {
        for (int kill = 0; kill < Soak.Count(2, 50); kill++)
        {
            int last = -1;
            using (var child = new ChildProcess("journal", _folder.In("store"), s_subject.ToString()))
            {
                for (int i = 0; i < 20 + (kill * 7); i++)
                {
                    last = int.Parse(child.Read()!, CultureInfo.InvariantCulture);
                }

                child.Kill();
            }

            using AnswerJournal next = await OpenAsync();
            IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> kept = Store.Answers.Get(s_subject);
            Assert.All(Enumerable.Range(0, last + 1), i => Assert.Equal(i % 5000, kept[($"id{i}", 0)].Text.Length));
        }
    }

    [Fact]
    public async Task Whatever_is_cut_off_the_end_leaves_the_answers_before_it()
    {
        AnswerLine[] answers = [Answer("a", "erste ü"), Answer("b", "second"), Answer("c", "third")];
        using (AnswerJournal journal = await OpenAsync())
        {
            Array.ForEach(answers, journal.Add);
        }

        byte[] whole = File.ReadAllBytes(JournalFile);
        int[] ends = [.. Enumerable.Range(0, whole.Length).Where(i => whole[i] == '\n')];
        for (int length = 0; length <= whole.Length; length++)
        {
            Directory.Delete(_folder.In("store"), recursive: true);
            Directory.CreateDirectory(Path.GetDirectoryName(JournalFile)!);
            File.WriteAllBytes(JournalFile, whole[..length]);
            using AnswerJournal journal = await OpenAsync();

            // Without its line break an answer is whole all the same.
            Assert.Equal(ends.Count(end => end <= length), Store.Answers.Get(s_subject).Count);
        }
    }

    [Fact]
    public async Task A_second_build_waits_and_finds_the_answers_of_the_first()
    {
        AnswerJournal first = await OpenAsync();
        first.Add(Answer("a", "A"));
        Task<AnswerJournal> second = OpenAsync();
        await Task.Delay(50);
        Assert.False(second.IsCompleted);
        await first.SettleAsync(default);
        first.Dispose();

        using (await second)
        {
            Assert.Equal("A", Store.Answers.Get(s_subject)[("a", 0)].Text);
        }
    }

    private Task<AnswerJournal> OpenAsync() => AnswerJournal.OpenAsync(Store, s_subject, paid: true, CancellationToken.None);

    private static AnswerLine Answer(string id, string text) => new(id, 0, text, 1, 2, "stop", 3);
}
