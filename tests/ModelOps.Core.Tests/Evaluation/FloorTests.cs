using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Floors;
using static ModelOps.Core.Tests.Evaluation.EvaluationCases;

namespace ModelOps.Core.Tests.Evaluation;

public sealed class FloorTests
{
    private static readonly string[] s_documents =
        ["the till shows an error", "my invoice is wrong and the invoice is late", "how do I reset the password of the till", "payroll payroll payroll"];

    [Fact]
    public void Words_are_runs_of_letters_and_digits_in_lower_case()
        => Assert.Equal(["über", "uns", "e", "mail", "42", "i", "m"], Words.Of("Über uns: E-Mail #42, I'm"));

    // Scores by an independent implementation in Python.
    [Fact]
    public void Bm25_matches_an_independent_implementation()
    {
        IReadOnlyList<(int Document, double Score)> found = new Bm25Index(s_documents).Search("The till invoice, the TILL!", 10);
        Assert.Equal([0, 1, 2], found.Select(f => f.Document));
        Assert.Equal(2.318526081904416, found[0].Score, 1e-12);
        Assert.Equal(2.1102352583424344, found[1].Score, 1e-12);
        Assert.Equal(2.082936263002597, found[2].Score, 1e-12);
        Assert.Equal(2.138734298367812, new Bm25Index(s_documents).Search("payroll", 1)[0].Score, 1e-12);
        Assert.Empty(new Bm25Index(s_documents).Search("nothing shared", 3));
        Assert.Empty(new Bm25Index([]).Search("x", 3));
    }

    [Fact]
    public void The_earlier_document_wins_a_tie()
        => Assert.Equal([1, 2], new Bm25Index(["other", "same text", "text same"]).Search("same text", 2).Select(f => f.Document));

    // The definition, word by word, against the index; a tenth of the words are in every document, so that scores collide.
    [Fact]
    public void The_best_documents_are_those_of_the_definition_in_its_order()
    {
        var random = new Random(7);
        for (int round = 0; round < Soak.Count(60, 1000); round++)
        {
            string[] documents = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => Text(random.Next(0, 12)))];
            string query = Text(random.Next(1, 8));
            int most = random.Next(1, 9);
            (int Document, double Score)[] expected = [.. documents.Index().Select(d => (d.Index, Score: Defined(documents, d.Item, query))).Where(d => d.Score > 0)
                .OrderByDescending(d => d.Score).ThenBy(d => d.Index).Take(most)];
            Assert.Equal(expected, new Bm25Index(documents).Search(query, most));
        }

        string Text(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => $"w{random.Next(10)}"));
    }

    private static double Defined(string[] documents, string document, string query)
    {
        double score = 0, mean = documents.Average(d => Words.Of(d).Count);
        foreach (IGrouping<string, string> word in Words.Of(query).GroupBy(w => w))
        {
            int with = documents.Count(d => Words.Of(d).Contains(word.Key)), count = Words.Of(document).Count(w => w == word.Key);
            if (count > 0)
            {
                double weight = word.Count() * ModelOps.Core.Evaluation.Statistics.PortableMath.Log(1 + ((documents.Length - with + 0.5) / (with + 0.5)));
                score += weight * count * (1.2 + 1) / (count + (1.2 * (1 - 0.75 + (0.75 * Words.Of(document).Count / mean))));
            }
        }

        return score;
    }

    [Fact]
    public void The_ordinally_first_answer_wins_a_tie_of_the_majority()
    {
        Assert.Equal("b", FloorSubjects.MajorityAnswer(["c", "b ", "a", "b", "c"]));
        Assert.Equal("B", FloorSubjects.MajorityAnswer(["a", "B"]));
    }

    [Fact]
    public void Floors_answer_every_row()
    {
        TrainingExample[] training = [new("reset my password", "access"), new("wrong invoice", "billing"), new("late invoice", "billing")];
        IReadOnlyList<EvaluationItem> items = [Item("1", "access", "the password is gone"), Item("2", "x", "zzz"), Item("3", "x", "an invoice came late")];
        IReadOnlyList<SubjectRun> floors = FloorSubjects.Of(training, items);
        Assert.Equal(["floor:majority", "floor:nearest"], floors.Select(f => f.Name));
        Assert.All(floors, f => Assert.Equal(SubjectKind.Floor, f.Kind));
        Assert.All(floors[0].Answers, a => Assert.Equal("billing", a.Text));
        Assert.Equal(["access", "billing", "billing"], floors[1].Answers.Select(a => a.Text));
    }

    [Fact]
    public void The_majority_of_each_field_is_a_floor_where_it_is_not_the_majority_answer()
    {
        string[] answers = ["""{"q":"a","p":1}""", """{"q":"a","p":1}""", """{"q":"b","p":2}""", """{"p":2,"q":"b"}""", """{"q":"b","p":3}"""];
        TrainingExample[] training = [.. answers.Select(a => new TrainingExample("x", a))];
        Assert.Equal("""{"q":"b","p":1}""", FloorSubjects.MajorityFields(answers));
        Assert.Equal(["floor:majority", "floor:majority-fields", "floor:nearest"], FloorSubjects.Of(training, Items("y")).Select(f => f.Name));
        Assert.Null(FloorSubjects.MajorityFields(["""{"q":"a"}""", """{"p":1}"""]));
        Assert.Null(FloorSubjects.MajorityFields(["""{"q":"a"}""", "text"]));
    }
}
