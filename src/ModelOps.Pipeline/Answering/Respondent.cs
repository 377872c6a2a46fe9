using ModelOps.Backends.Commands;
using ModelOps.Backends.Endpoints;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Pipeline.Answering;

/// <summary>Who answers.</summary>
/// <param name="Identity">What it is by content, or by what is known of it; not what it is called.</param>
internal abstract record Respondent(KeyFields Identity)
{
    /// <summary>Asked again, it gives the same answers; else the answers that were given are part of the evaluation's key.</summary>
    public virtual bool IsReproducible => true;

    /// <summary>What the evaluation's key says of it; null where other fields of the key say it already.</summary>
    public virtual KeyFields? InKey => Identity;

    /// <summary>Name of the endpoint or command; null for a model that runs here.</summary>
    public virtual string? Asked => null;

    public virtual TokenPrice? Price => null;
}

/// <summary>A model that a worker runs on this machine.</summary>
/// <param name="Model">Folder of the model.</param>
/// <param name="Adapter">Folder of the adapter on top; null for none.</param>
/// <param name="Beyond">What of it the evaluation's key does not name already, as it does the tuned model and its base; null for nothing.</param>
internal sealed record LocalModel(string Model, string? Adapter, KeyFields Identity, KeyFields? Beyond = null) : Respondent(Identity)
{
    public override KeyFields? InKey => Beyond;
}

/// <summary>An OpenAI-compatible endpoint.</summary>
/// <param name="Known">What the model is, where more is known of it than an address and a name.</param>
internal sealed record EndpointModel(EndpointOptions Options, KeyFields? Known = null)
    : Respondent(Known ?? new KeyFields().Add("url", Options.Url.AbsoluteUri).Add("model", Options.Model).Add("maxTokensMember", Options.MaxTokensMember))
{
    /// <summary>What must be deployed before it can be asked, under a name that only then is known; null where it always answers.</summary>
    public ServedModel? Served { get; init; }

    public override bool IsReproducible => false;

    public override string? Asked => Options.Name;

    public override TokenPrice? Price => Options.Price;
}

/// <summary>A command that reads and writes JSON Lines.</summary>
internal sealed record ShellModel(CommandOptions Options, IEnumerable<string> Inputs)
    : Respondent(new KeyFields().Add("command", Options.Command).Add("inputs", Inputs))
{
    public override bool IsReproducible => false;

    public override string? Asked => Options.Name;
}
