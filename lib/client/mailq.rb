# frozen_string_literal: true

# The mail queue as an object of a Ruby program. Ruby 3.0 or later, nothing beside it.
#
#     require "./mailq"
#
#     env = Mailq.connect("unix:/run/mailq/http", token: token, organization: "acme")
#
#     msg = env.models["mail.outbox"].create({
#       to_emails: [partner.email],
#       template_id: env.models["mail.template"].browse("tpl_welcome").id,
#       context: { partner: partner, org: env.active_organization },
#     })
#
#     failed = env.models["mail.outbox"].search([
#       ["status", "=", "failed"],
#       ["organization_id", "=", env.active_organization_id],
#     ])
#     failed.each { |msg| puts msg.last_error, msg.attempts }
#
# When create returns, the message is on the queue's disk. It may be called from any thread and
# after a fork: each call has a connection of its own. mailq-client(7) is the manual.

require "date"
require "json"
require "net/http"
require "openssl"
require "securerandom"
require "socket"
require "time"
require "uri"

module Mailq
  API = "/api/email"
  ARRAY_MOST = 1000 # messages of one call; the server takes no more
  PAGE_MOST = 500
  COME_AGAIN = [429, 503].freeze # refused for now, and nothing was done
  ANSWER_LOST = [502, 504].freeze # from a proxy: it may have been done
  SILENCE_MOST = 45 # seconds: three times what lies between two signs of life of a stream

  # The queue behind a URL: unix:/path, http://host:port or https://host/prefix.
  #
  # What is not given is taken from MAILQ_URL, MAILQ_TOKEN and MAILQ_ORGANIZATION. organization is
  # an id, or an object of the application that has one. timeout bounds each wait for the network,
  # patience how long a call is tried again, both in seconds. tls are attributes of Net::HTTP, such
  # as ca_file.
  def self.connect(url = nil, token: nil, organization: nil, timeout: 60, patience: 10, tls: {})
    url ||= ENV["MAILQ_URL"] or raise ArgumentError, "no URL: connect(url) or MAILQ_URL"
    server = Server.new(url, token || ENV["MAILQ_TOKEN"], timeout, patience, tls)
    Env.new(server, organization || ENV["MAILQ_ORGANIZATION"])
  end

  # --- what goes wrong ---

  # Whatever this file raises of its own.
  class Error < StandardError; end

  # The queue's no: the members of its answer, an object of RFC 9457. status, title and detail are
  # always there; fields has all members.
  class Problem < Error
    attr_reader :fields, :status, :title, :detail

    def initialize(fields)
      @fields = fields
      @status, @title, @detail = fields.values_at("status", "title", "detail")
      super("#{@detail || @title} (#{@status})")
    end
  end

  # No answer, for as long as was tried. Whether the last try was carried out is not known.
  # idempotency_keys are those of the messages that were to be created: with the same keys they can
  # be created later, and none of them twice.
  class Unavailable < Error
    attr_accessor :idempotency_keys
    attr_reader :again

    def initialize(what, again)
      @again = again # whether another try can help, and do no harm
      @idempotency_keys = []
      super(what)
    end
  end

  # Of several messages, some were taken. answers has a Message or a Problem for each, in order.
  class PartlyRefused < Error
    attr_reader :answers

    def initialize(answers)
      @answers = answers
      refused = answers.grep(Problem)
      super("#{refused.size} of #{answers.size} refused, the first: #{refused.first.message}")
    end
  end

  # --- the application's values as JSON ---

  # A value as JSON.generate takes it: objects as hashes of their instance variables that have a
  # public reader, or of what to_h or attributes gives.
  def self.plain(value, path = "", above = [])
    case value
    when nil, true, false, Integer, Float then value
    when String then plain_text(value, path)
    when Symbol then value.to_s
    when Numeric then value == value.to_i ? value.to_i : value.to_f
    when Time, DateTime then value.to_time.getutc.iso8601(3)
    when Date then value.iso8601
    when IO, Proc, Method, Module then raise ArgumentError, "#{path}: #{value.class} has no place in a message"
    else plain_container(value, path, above)
    end
  end

  def self.plain_text(value, path)
    text = value.encode(Encoding::UTF_8)
    raise ArgumentError, "#{path}: not UTF-8" unless text.valid_encoding?

    text
  rescue EncodingError
    raise ArgumentError, "#{path}: not UTF-8"
  end

  def self.plain_container(value, path, above)
    if above.any? { |other| other.equal?(value) }
      raise ArgumentError, "#{path}: leads back to itself; give a hash of what the template needs"
    end

    above += [value]
    return value.to_a.each_with_index.map { |item, i| plain(item, "#{path}[#{i}]", above) } if list?(value)

    members(value).to_h do |key, member|
      [key.to_s, plain(member, path.empty? ? key.to_s : "#{path}.#{key}", above)]
    end
  end

  def self.list?(value)
    value.is_a?(Enumerable) && !value.is_a?(Hash) && !value.is_a?(Struct)
  end

  def self.members(value)
    return value.to_h if value.respond_to?(:to_h)
    return value.attributes if value.respond_to?(:attributes) # as ActiveModel has it

    names = value.instance_variables.map { |name| name.to_s.delete_prefix("@") }
    names.select { |name| value.respond_to?(name) }.to_h { |name| [name, value.public_send(name)] }
  end

  # org is left to the queue where all that the application has said of it is its id.
  def self.without_own_org(context)
    return context unless context.is_a?(Hash)

    context.reject { |key, value| key.to_s == "org" && value.is_a?(Organization) }
  end

  private_class_method :plain_text, :plain_container, :list?, :members

  # An item of attachments: a file by its path, or with bytes what it has. With a content_id it is
  # shown in the HTML, where it says cid:content_id.
  def self.attachment(file, content_type: nil, content_id: nil, bytes: nil)
    content = [bytes || File.binread(file)].pack("m0")
    made = { filename: File.basename(file), content: content, content_type: content_type, content_id: content_id }
    made[:disposition] = "inline" if content_id
    made.compact
  end

  # --- HTTP ---

  # One exchange a call, and calls that are tried again.
  class Server
    LOST = [SystemCallError, SocketError, IOError, Timeout::Error, OpenSSL::SSL::SSLError,
            Net::ProtocolError, Net::HTTPBadResponse].freeze

    def initialize(url, token, timeout, patience, tls)
      @url = URI(url)
      unless %w[unix http https].include?(@url.scheme)
        raise ArgumentError, "#{url}: begins with neither unix:, http:// nor https://"
      end

      @prefix = @url.scheme == "unix" ? "" : @url.path.chomp("/")
      @token, @timeout, @patience, @tls = token, timeout, patience, tls
    end

    # The answer's JSON. body is sent as JSON, a text as the XML that it is. safe: it may be done
    # twice, so it is tried again if an answer is lost.
    def call(method, path, query: {}, body: nil, safe: true)
      target = target(path, query)
      text = body && [body.is_a?(String) ? body : JSON.generate(body),
                      { "Content-Type" => body.is_a?(String) ? "application/xml" : "application/json" }]
      stop = now + @patience
      pause = 0.1
      loop do
        answer, again, after = attempt(method, target, text, safe)
        wait = [after, pause * rand(0.5..1.0)].max
        if !again || now + wait > stop
          raise answer if answer.is_a?(Error)

          return answer
        end
        sleep(wait)
        pause *= 2
      end
    end

    # Yields a stream's events, which goes on behind the last of them where it breaks off.
    def follow(path, query, since)
      target = target(path, query)
      stop = now + @patience
      pause = 0.1
      loop do
        failure, again, after = listen(target, since) do |id, name, data|
          since, stop, pause = id, nil, 0.1 # patience is for one break
          yield id, name, data if name
        end
        stop ||= now + @patience
        wait = [after, pause * rand(0.5..1.0)].max
        raise failure if !again || now + wait > stop

        sleep(wait)
        pause *= 2
      end
    end

    private

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    def target(path, query)
      @prefix + API + path + (query.empty? ? "" : "?#{URI.encode_www_form(query)}")
    end

    # Yields the events of one connection. How it ended is as of an attempt.
    def listen(target, since)
      outside = true
      open([@timeout, SILENCE_MOST].max) do |connection|
        place = since ? { "Last-Event-ID" => since.to_s } : {}
        connection.request(request("GET", target, nil, place)) do |response|
          return judge(response, true) if response.code.to_i >= 400

          Mailq.read_events(response) do |*event|
            outside = false
            yield(*event)
            outside = true
          end
        end
      end
      [Unavailable.new("#{@url}: the stream has ended", true), true, 0]
    rescue *LOST => e
      raise unless outside # it is the caller's

      [lost(e, true), lost(e, true).again, 0]
    end

    # The answer or what is to be raised; whether to try again, and after how many seconds.
    def attempt(method, target, text, safe)
      judge(exchange(method, target, text, safe), safe)
    rescue Unavailable => e
      [e, e.again, 0]
    end

    def judge(response, safe)
      status = response.code.to_i
      answer = read(status, response.body, safe)
      [status < 400 ? answer : Problem.new(answer), for_now?(status, answer, safe), response["Retry-After"].to_i]
    end

    def for_now?(status, answer, safe)
      return answer.any? { |item| COME_AGAIN.include?(item["status"]) } if status == 207

      COME_AGAIN.include?(status) || (safe && ANSWER_LOST.include?(status))
    end

    def exchange(method, target, text, safe)
      connected = false
      open(@timeout) do |connection|
        connected = true
        connection.request(request(method, target, *text))
      end
    rescue *LOST => e
      raise lost(e, safe || !connected)
    end

    def lost(error, again)
      Unavailable.new("#{@url}: #{error.message}", again && !error.message.include?("certificate verify failed"))
    end

    def request(method, target, text = nil, headers = {})
      request = Net::HTTPGenericRequest.new(method, !text.nil?, true, target)
      request["Accept"] = "*/*"
      request["Connection"] = "close"
      request["Authorization"] = "Bearer #{@token}" if @token
      headers.each { |name, value| request[name] = value }
      request.body = text
      request
    end

    def open(timeout, &block)
      return UnixConnection.open(@url.path, timeout, &block) if @url.scheme == "unix"

      connection = Net::HTTP.new(@url.hostname, @url.port, nil)
      connection.open_timeout = connection.read_timeout = connection.write_timeout = timeout
      connection.max_retries = 0 # it is we who try again
      connection.use_ssl = @url.scheme == "https"
      @tls.each { |name, value| connection.public_send("#{name}=", value) }
      connection.start(&block)
    end

    # The JSON, or for an error that is none (a proxy's page) what a problem says. Net::HTTP does not
    # mind an answer that breaks off; as JSON it is none.
    def read(status, text, safe)
      answer = status == 204 ? {} : JSON.parse(text.to_s)
      return answer if status < 400

      { "title" => "Error", **(answer.is_a?(Hash) ? answer : {}), "status" => status }
    rescue JSON::ParserError
      return { "title" => "Error", "status" => status } unless status < 400

      raise Unavailable.new("#{@url}: the answer is no JSON", safe)
    end
  end

  # As much of Net::HTTP as an exchange over a Unix socket needs.
  class UnixConnection
    def self.open(path, timeout)
      socket = UNIXSocket.new(path)
      yield new(Net::BufferedIO.new(socket, read_timeout: timeout, write_timeout: timeout))
    ensure
      socket&.close
    end

    def initialize(io)
      @io = io
    end

    def request(request)
      request["Host"] = "localhost"
      begin
        request.exec(@io, "1.1", request.path)
      rescue Errno::EPIPE
        nil # it may have answered without reading all
      end
      response = Net::HTTPResponse.read_new(@io)
      response.reading_body(@io, request.response_body_permitted?) { yield response if block_given? }
      response
    end
  end

  # Yields id, name (or nil) and data of server-sent events (HTML, section 9.2).
  def self.read_events(response)
    place = name = nil
    data, rest = [], +""
    response.read_body do |piece|
      rest << piece
      while (line = rest.slice!(/\A[^\n]*\n/))
        field, value = line.chomp.split(/: ?/, 2)
        case field
        when "id" then place = value
        when "event" then name = value
        when "data" then data << value
        when nil
          yield place, name, data.join("\n")
          name, data = nil, []
        end
      end
    end
  end

  # --- the models ---

  # What the queue holds of a name. Its methods are the members of its JSON, as they were when they
  # were read, which they are when they are first asked for; nil where it has none of that name.
  class Record
    def initialize(model, values, whole: false)
      @model = model
      @values = values
      @whole = whole
    end

    def id
      @values["id"]
    end

    def method_missing(name, *arguments)
      key = name.to_s
      return super unless respond_to_missing?(name) && arguments.empty?

      refresh unless @whole || @values.key?(key)
      @values[key]
    end

    def respond_to_missing?(name, include_private = false)
      @model.fields.include?(name.to_s) || @values.key?(name.to_s) || super
    end

    def ==(other)
      other.is_a?(self.class) && other.id == id
    end
    alias eql? ==

    def hash
      [self.class, id].hash
    end

    def inspect
      "#<#{@model.name} #{id}>"
    end

    # Reads it again.
    def refresh
      take(call("GET"))
    end

    # All of it, as a hash.
    def read
      refresh
      @values.dup
    end

    # Deletes it.
    def unlink
      call("DELETE", safe: false)
      nil
    end

    private

    def call(method, more = "", **options)
      @model.call(method, "/#{URI.encode_www_form_component(id)}#{more}", **options)
    end

    def take(values)
      @values = values
      @whole = true
      self
    end
  end

  # A message. The verbs return it as it is afterwards.
  class Message < Record
    def send_now(reason = nil) = act("send-now", reason)
    def queue(reason = nil) = act("queue", reason)
    def hold(reason = nil) = act("hold", reason)
    def release(reason = nil) = act("release", reason)
    def cancel(reason = nil) = act("cancel", reason)
    def retry(reason = nil) = act("retry", reason)

    private

    def act(verb, reason)
      take(call("POST", "/#{verb}", body: { reason: reason }.compact, safe: false))
    end
  end

  # A template or a connector: a file, which can be written where it is marked as managed.
  class Stored < Record
    # Changes the fields that are given; not where another has changed it meanwhile (412).
    def write(values)
      take(call("PUT", body: read.merge(Mailq.plain(values)), safe: false))
    end
  end

  class Template < Stored
    # What it makes of a context, or of one of its samples. draft: fields in place of its own.
    def preview(context: nil, sample: nil, locale: nil, draft: nil)
      given = { context: Mailq.without_own_org(context), sample: sample, locale: locale, template: draft }.compact
      call("POST", "/preview", body: Mailq.plain(given))
    end
  end

  class Connector < Stored
    # Sends a message through it, and tells what was said. draft: fields in place of its own.
    def test(to, draft: nil)
      call("POST", "/test", body: Mailq.plain({ to: to, connector: draft }.compact), safe: false)
    end
  end

  # What became of a message: its id, organization_id, status and state as they are then. nil in its
  # place: some are not told any more, so all has to be looked at once.
  Change = Struct.new(:event_id, :message)

  class Model
    attr_reader :name, :fields

    # key: of the array in a listing's answer
    def initialize(env, name, path, key, record, fields)
      @env, @name, @path, @key, @record, @fields = env, name, path, key, record, fields
    end

    def call(method, more = "", **options)
      @env.server.call(method, @path + more, **options)
    end

    # The one with that id. Whether there is one is seen when it is read.
    def browse(id)
      @record.new(self, { "id" => id })
    end

    # All that a domain expression holds for, as an array; of messages, the latest changed first.
    def search(domain = [], limit: nil)
      found = []
      query = domain.empty? ? {} : { domain: JSON.generate(Mailq.plain(domain)) }
      while limit.nil? || found.size < limit
        query[:limit] = limit ? [limit - found.size, PAGE_MOST].min : PAGE_MOST
        page = call("GET", query: query)
        found.concat(page[@key].map { |values| @record.new(self, values, whole: true) })
        break unless page["next"]

        query[:cursor] = page["next"]
      end
      found
    end

    private

    def with_organization(values, key = "organization_id")
      return values if @env.organization.nil?

      { key => @env.active_organization_id }.merge(values)
    end
  end

  class Outbox < Model
    FIELDS = %w[
      id status state organization_id from_email envelope_from reply_to to_emails cc_emails bcc_emails subject
      body_html body_text template_id context locale headers attachments connector_id priority scheduled_at
      expires_at max_attempts idempotency_key tags metadata attempts last_error provider_message_id created_at
      updated_at next_attempt_at recipients history
    ].freeze

    def initialize(env)
      super(env, "mail.outbox", "/outbox", "messages", Message, FIELDS)
    end

    # Puts a message, or a list of them, into the queue, and returns when they are on its disk.
    #
    # Each has an idempotency key, made here where it has none, so that trying again doubles none.
    # A draft waits until its queue is called.
    def create(values, draft: false)
      path = draft ? "/queue?draft=true" : "/queue"
      return create_one(path, complete(values)) unless values.is_a?(Array)

      messages = values.map { |each| complete(each) }
      answers = messages.each_slice(ARRAY_MOST).flat_map { |some| create_many(path, some) }
      raise PartlyRefused, answers if answers.any?(Problem)

      answers
    end

    # Puts one message into the queue and has it delivered now: returns with the verdict as its
    # status, or "queued" where there is none within half a minute.
    def send(values)
      message = complete(values)
      Message.new(self, post("/send", message, [message]))
    end

    # Yields a Change whenever something becomes of a message, and waits for more. since: the
    # event_id of the last Change that is known, behind which it begins, else with what happens from
    # now on.
    def follow(since = nil, organization: nil)
      return enum_for(:follow, since, organization: organization) unless block_given?

      @env.server.follow("/events", { organization: organization }.compact, since) do |event_id, name, data|
        yield Change.new(event_id, name == "change" ? Message.new(self, JSON.parse(data)) : nil)
      end
    end

    # Removes messages that are sent, failed or cancelled, and have not changed for an age ("30d"):
    # of the organization, else of all that the token is for. status: of these alone. bodies: only
    # what was in them. Returns how many there were, their bytes, and how many were in other hands.
    def purge(older_than, status: nil, bodies: false, organization: nil)
      organization ||= @env.active_organization_id unless @env.organization.nil?
      asked = { older_than: older_than, status: status, bodies: bodies }
      sum = { "messages" => 0, "bytes" => 0, "busy" => 0 }
      loop do
        done = @env.server.call("POST", "/purge", query: { organization: organization }.compact, body: asked)
        sum.each_key { |name| sum[name] += done[name] }
        return sum unless (asked[:cursor] = done["next"])
      end
    end

    private

    def create_one(path, message)
      Message.new(self, post(path, message, [message]))
    end

    def create_many(path, messages)
      post(path, messages, messages).map { |answer| answer["id"] ? Message.new(self, answer) : Problem.new(answer) }
    rescue Problem => e
      raise if e.status != 413 || messages.size == 1

      messages.each_slice((messages.size + 1) / 2).flat_map { |half| create_many(path, half) }
    end

    def post(path, body, messages)
      @env.server.call("POST", path, body: body)
    rescue Unavailable => e
      e.idempotency_keys = messages.map { |message| message["idempotency_key"] }
      raise
    end

    # The values as JSON, with a key.
    def complete(values)
      values = values.transform_keys(&:to_s)
      values["context"] = Mailq.without_own_org(values["context"]) if values.key?("context")
      { "idempotency_key" => SecureRandom.hex(16) }.merge(with_organization(Mailq.plain(values)))
    end
  end

  class StoredModel < Model
    def create(values)
      values = with_organization(Mailq.plain(values))
      @record.new(self, call("POST", body: values, safe: false), whole: true)
    end

    # Takes what is of this model among XML records, over what is managed and has the same id.
    # Returns how many were imported, and how many records of other models left out.
    def import_records(xml)
      call("POST", "/import", query: with_organization({}, "organization"), body: xml.to_s, safe: false)
    end
  end

  class Templates < StoredModel
    FIELDS = %w[
      id organization_id name subject body_html body_text from_email reply_to languages headers attachments
      variables samples managed revision
    ].freeze

    def initialize(env)
      super(env, "mail.template", "/templates", "templates", Template, FIELDS)
    end
  end

  class Connectors < StoredModel
    FIELDS = %w[
      id organization_id name kind is_default fallback max_connections rate on_uncertain timeout_seconds
      pause_seconds config secrets managed revision
    ].freeze

    def initialize(env)
      super(env, "ir.connector", "/connectors", "connectors", Connector, FIELDS)
    end
  end

  # --- the whole ---

  # An organization of which the application has said no more than the id.
  Organization = Struct.new(:id)

  class Env
    attr_reader :server, :organization, :models

    def initialize(server, organization = nil)
      @server = server
      @organization = organization.is_a?(String) ? Organization.new(organization) : organization
      @models = Hash.new { |models, name| raise KeyError, "no model #{name}: there are #{models.keys.join(", ")}" }
      [Outbox, Templates, Connectors].each { |model| model.new(self).then { |made| @models[made.name] = made } }
    end

    def active_organization
      @organization or raise ArgumentError, "no organization: connect(organization: ...) or MAILQ_ORGANIZATION"
    end

    def active_organization_id
      return active_organization.id unless active_organization.is_a?(Hash)

      active_organization[:id] || active_organization["id"]
    end
  end
end
