namespace TinyBase.Corpus;

/// <summary>A group of topics with the words that name the whole group.</summary>
internal sealed record Domain(string Id, IReadOnlyList<string> Names, IReadOnlyList<Topic> Topics);

/// <summary>All hand-written words and their relations.</summary>
internal sealed class Lexicon
{
    private static readonly string[] s_files = ["money-office", "trade", "home-food", "nature-health", "school-culture", "public-industry"];

    private Lexicon(IReadOnlyList<Domain> domains)
    {
        Domains = domains;
        Topics = domains.SelectMany(d => d.Topics).ToList();
        TrainingTopics = Topics.Where(t => !t.HeldOut).ToList();
        HeldOutTopics = Topics.Where(t => t.HeldOut).ToList();
        Synonyms = Resources.Templates("synonyms").Select(Resources.SplitList).ToList();
    }

    public static Lexicon Default { get; } = new(Read());

    public IReadOnlyList<Domain> Domains { get; }

    public IReadOnlyList<Topic> Topics { get; }

    public IReadOnlyList<Topic> TrainingTopics { get; }

    public IReadOnlyList<Topic> HeldOutTopics { get; }

    public IReadOnlyList<string[]> Synonyms { get; }

    public Domain DomainOf(Topic topic) => Domains.First(d => d.Id == topic.Domain);

    private static List<Domain> Read()
    {
        var domains = new List<Domain>();
        List<Topic> topics = [];
        int index = 0;
        var fields = new Dictionary<string, string[]>();
        string domain = "";
        void Close()
        {
            if (fields.Count > 0)
                topics.Add(Build(fields, domain, index++));
            fields.Clear();
        }

        foreach (string line in s_files.SelectMany(f => Resources.Lines("Lexicon/" + f)))
        {
            string[] parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
            if (line.StartsWith("==", StringComparison.Ordinal))
            {
                Close();
                domain = parts[0][2..].Trim();
                topics = [];
                domains.Add(new Domain(domain, Resources.SplitList(parts[1]), topics));
            }
            else if (line[0] == '#')
            {
                Close();
            }
            else
            {
                fields[parts[0]] = parts[0] == "is" ? [parts[1]] : Resources.SplitList(parts[1]);
            }
        }

        Close();
        return domains;
    }

    private static Topic Build(Dictionary<string, string[]> fields, string domain, int index) => new()
    {
        Index = index, Domain = domain, Names = fields["names"], Meaning = fields["is"][0], Things = fields["things"], Deeds = fields["do"],
        Problems = fields["bad"], Successes = fields["good"], People = fields["who"], Places = fields["where"],
    };
}
