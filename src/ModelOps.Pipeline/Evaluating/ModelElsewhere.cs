using ModelOps.Backends.Deployments;
using ModelOps.Backends.Endpoints;
using ModelOps.Backends.Trainers;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>The models of a provider that keeps its weights, as those who answer: the base model and what was tuned from it, at one address.</summary>
internal sealed class ModelElsewhere
{
    private readonly RemoteSettings _remote;

    private ModelElsewhere(RemoteSettings remote) => _remote = remote;

    /// <summary>Null where the project's models run here.</summary>
    public static ModelElsewhere? Of(ProjectInputs inputs)
        => RemoteSettings.PointsElsewhere(inputs) is null ? null : new ModelElsewhere(TypedSettings.Require(inputs).Remote!);

    /// <param name="folder">Where Train left the name; before that nobody knows the model's name.</param>
    public EndpointModel Tuned(string folder, ActionKey training)
    {
        string model = TunedModel.TryRead(folder)?.Model ?? "";
        return Asked($"{_remote.Trainer.Name}: tuned", model, tuned: true, new KeyFields().Add("trainingKey", training).Add("model", model));
    }

    public EndpointModel Base() => Asked($"{_remote.Trainer.Name}: {_remote.Model}", _remote.Model, tuned: false, new KeyFields().Add("provider", _remote.Trainer.Name).Add("model", _remote.Model));

    /// <summary>The model that a released package points at, with the project's own key and prices.</summary>
    public static EndpointModel Released(ProjectInputs inputs, ModelPointer pointer)
    {
        string file = inputs.PriceFile;
        PriceList prices = file.Length == 0 ? PriceList.None : PriceList.Read(file);
        TokenPrice price = prices.Of(pointer.Provider, pointer.BaseModel ?? "")?.Asking(tuned: true) ?? throw TrainerErrors.NoPrice(pointer.Provider, pointer.BaseModel ?? pointer.Model, file);
        TrainerDescription? trainer = RemoteTrainers.Find(pointer.Provider);
        var options = new EndpointOptions($"{pointer.Provider}: released", new Uri(pointer.Endpoint), pointer.Model)
        {
            ApiKeyVariable = inputs.Setting(Names.ModelOpsProviderKeyVariable) is { Length: > 0 } variable ? variable : trainer?.KeyVariable,
            KeyHeader = trainer?.KeyHeader ?? KeyHeaders.Bearer, MaxTokensMember = pointer.MaxTokensMember ?? "max_tokens", Price = price, Api = trainer?.Api ?? ChatApi.OpenAi,
        };
        options = options with { Through = Through(trainer, options) };
        return new EndpointModel(options, new KeyFields().Add("provider", pointer.Provider).Add("model", pointer.Model)) { Served = Served(trainer, options, tuned: true) };
    }

    private EndpointModel Asked(string name, string model, bool tuned, KeyFields identity)
    {
        TokenPrice price = _remote.Prices().Of(_remote.Trainer.Name, _remote.Model)?.Asking(tuned) ?? throw TrainerErrors.NoPrice(_remote.Trainer.Name, _remote.Model, _remote.PriceFile);
        var options = new EndpointOptions(name, _remote.Url, model) { ApiKeyVariable = _remote.KeyVariable, KeyHeader = _remote.Trainer.KeyHeader, MaxTokensMember = _remote.Trainer.MaxTokensMember!, Price = price, Api = _remote.Trainer.Api };
        return new EndpointModel(options with { Through = Through(_remote.Trainer, options) }, identity) { Served = Served(_remote.Trainer, options, tuned) };
    }

    private static Func<Func<string, string?>, HttpMessageHandler>? Through(TrainerDescription? trainer, EndpointOptions options)
        => trainer?.Ask is { } ask ? environment => ask(new TrainerConnection(options.Url, options.ApiKeyVariable!, environment)) : null;

    private static ServedModel? Served(TrainerDescription? trainer, EndpointOptions options, bool tuned)
        => trainer?.Serve is null || (trainer.BaseAnswers && !tuned) ? null : new ServedModel(trainer, options.Url, options.ApiKeyVariable!, new DeploymentOrder(options.Model, tuned));
}
