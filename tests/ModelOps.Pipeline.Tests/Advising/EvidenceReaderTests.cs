using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Floors;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Advising;

namespace ModelOps.Pipeline.Tests.Advising;

public sealed class EvidenceReaderTests
{
    [Fact]
    public void Labels_and_rewritings_are_not_novel_and_facts_are()
    {
        TrainingExample[] labels = [.. Enumerable.Range(0, 100).Select(i => new TrainingExample($"mail {i}", i % 2 == 0 ? "billing" : "bug"))];
        Assert.Equal(0, EvidenceReader.NoveltyOf([Item("Where is my invoice?", "billing"), Item("It crashes.", "bug")], labels));

        TrainingExample[] forms = [.. Enumerable.Range(0, 100).Select(i => new TrainingExample($"draft: item{i} is late", $"Dear customer, item{i} is late. Warmly"))];
        Assert.Equal(0, EvidenceReader.NoveltyOf([Item("draft: parcel is late", "Dear customer, parcel is late. Warmly")], forms));

        TrainingExample[] facts = [.. Enumerable.Range(0, 100).Select(i => new TrainingExample($"Who founded town {i}?", $"person{i} in {1500 + i}"))];
        Assert.Equal(2 / 3.0, EvidenceReader.NoveltyOf([Item("Who founded Kassel?", "Konrad in 913")], facts), 9);
        Assert.Equal(0, EvidenceReader.NoveltyOf([Item("?", "...")], facts));
    }

    private static EvaluationItem Item(string question, string answer) => new(question, [new PromptMessage("user", question)], answer);
}
